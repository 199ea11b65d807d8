import { isOpen, type Upload } from "@/lib/upload/model";

export interface Summary {
  all: number;
  open: number;
  stored: number;
  /** Failed or cancelled. */
  unsent: number;
  failed: number;
  /** Paused, or left by an earlier page. */
  resting: number;
  /** 0 to 1, by bytes. */
  share: number;
}

export function summarise(uploads: readonly Upload[]): Summary {
  const sum: Summary = { all: uploads.length, open: 0, stored: 0, unsent: 0, failed: 0, resting: 0, share: 0 };
  let bytes = 0;
  let sent = 0;
  for (const upload of uploads) {
    if (isOpen(upload)) sum.open += 1;
    else if (upload.state === "paused" || upload.state === "left") sum.resting += 1;
    else if (upload.state === "stored") sum.stored += 1;
    else sum.unsent += 1;
    if (upload.state === "failed") sum.failed += 1;
    if (!isOpen(upload) && upload.state !== "stored") continue;
    // An empty file has no bytes, but is a file to send all the same.
    bytes += upload.size + 1;
    sent += (upload.size + 1) * upload.sent;
  }
  sum.share = bytes ? sent / bytes : 1;
  return sum;
}

const RANK = { sending: 0, paused: 1, left: 1, failed: 2, cancelled: 3, stored: 4, waiting: 5 } as const;

/** What matters most first: under way, failed, then the latest that arrived; thousands of rows would help nobody. */
export function worthShowing(uploads: readonly Upload[], most: number): Upload[] {
  const latestFirst = uploads.map((upload, index) => ({ upload, index }));
  latestFirst.sort((one, other) => {
    const byRank = RANK[one.upload.state] - RANK[other.upload.state];
    if (byRank !== 0) return byRank;
    return one.upload.state === "stored" ? other.index - one.index : one.index - other.index;
  });
  return latestFirst.slice(0, most).map(({ upload }) => upload);
}
