import { create } from "zustand";

import { Problem } from "../api/problem";
import { useSession } from "../session";
import {
  type Arriving,
  canPause,
  canRetry,
  type FileToSend,
  isOpen,
  isUnsettled,
  TOO_LARGE,
  type Upload,
} from "./model";
import { Later, transfer } from "./transfer";

interface Target {
  knowledgeBaseId: string;
  /** The largest file the server takes, in bytes. */
  limit: number;
}

interface Queue {
  uploads: readonly Upload[];
}

/** The files on their way to the server. They belong to the tab, not to a page, so they go on while one looks elsewhere. */
export const useUploads = create<Queue>(() => ({ uploads: [] }));

export const CONCURRENT = 3;
const ATTEMPTS = 3;
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

interface Work {
  file: File;
  attempts: number;
  /** Stops the attempt that is under way: its end means nothing then. */
  stopping: AbortController | null;
  /** Set while it waits before another attempt. */
  timer: ReturnType<typeof setTimeout> | null;
}

const works = new Map<string, Work>();
let counter = 0;

/** Adds files to the queue. One that is still waiting at the same place is replaced. */
export function send(files: readonly FileToSend[], { knowledgeBaseId, limit }: Target): void {
  const places = new Set(files.map((one) => one.path));
  const kept = useUploads.getState().uploads.filter((upload) => {
    const replaced =
      upload.state === "waiting" && upload.knowledgeBaseId === knowledgeBaseId && places.has(upload.path);
    if (replaced) works.delete(upload.id);
    return !replaced;
  });
  const added = files.map(({ file, path }): Upload => {
    counter += 1;
    const id = `upload-${counter}`;
    works.set(id, { file, attempts: 0, stopping: null, timer: null });
    const refused = file.size > limit ? new Problem(413, TOO_LARGE, "The file is larger than the server takes.") : null;
    const state = refused ? "failed" : "waiting";
    return { id, knowledgeBaseId, path, size: file.size, state, sent: 0, stored: null, problem: refused };
  });
  useUploads.setState({ uploads: [...kept, ...added] });
  pump();
}

export function cancel(id: string): void {
  const found = useUploads.getState().uploads.find((upload) => upload.id === id);
  if (!found || !isUnsettled(found)) return;
  stop(works.get(id));
  forget(found);
  if (found.state === "left") {
    useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }));
    return;
  }
  change(id, () => ({ state: "cancelled", sent: 0, partsId: null }));
  pump();
}

export function cancelAll(): void {
  for (const upload of halt()) forget(upload);
}

/** Stops all of them here; what the server has of them stays there. Returns what was on its way. */
function halt(): readonly Upload[] {
  const open = useUploads.getState().uploads.filter((upload) => isOpen(upload) || upload.state === "paused");
  const ids = new Set(open.map((upload) => upload.id));
  for (const id of ids) stop(works.get(id));
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) =>
      ids.has(upload.id) ? { ...upload, state: "cancelled", sent: 0, partsId: null } : upload,
    ),
  }));
  return open;
}

/** Has the server throw away what it has of a file. Where it cannot be reached, that expires by itself. */
function forget({ partsId }: Upload): void {
  if (!partsId) return;
  import("./resumable").then(({ discard }) => discard(partsId)).catch(() => undefined);
}

/** Stops sending a file that goes in parts, to go on with it later. */
export function pause(id: string): void {
  change(id, (upload) => (canPause(upload) ? { state: "paused" } : {}));
  const found = useUploads.getState().uploads.find((upload) => upload.id === id);
  if (found?.state === "paused") stop(works.get(id));
  pump();
}

export function goOn(id: string): void {
  const work = works.get(id);
  if (work) work.attempts = 0;
  change(id, (upload) => (upload.state === "paused" ? { state: "waiting" } : {}));
  pump();
}

/** Shows what an earlier page left unfinished. */
export async function restore(): Promise<void> {
  const { listUnfinished } = await import("./resumable");
  const found = await listUnfinished();
  const known = new Set(useUploads.getState().uploads.map((upload) => upload.partsId));
  const left = found
    .filter((one) => !known.has(one.id))
    .map(
      ({ id, ...one }): Upload => ({
        ...one,
        id: `left-${id}`,
        partsId: id,
        state: "left",
        stored: null,
        problem: null,
      }),
    );
  if (left.length > 0) useUploads.setState(({ uploads }) => ({ uploads: [...left, ...uploads] }));
}

/** Goes on with what an earlier page began. False when it is another file, as far as one can tell. */
export function continueWith(id: string, file: File): boolean {
  const found = useUploads.getState().uploads.find((upload) => upload.id === id);
  if (found?.state !== "left" || found.size !== file.size) return false;
  if (typeof found.modifiedAt === "number" && found.modifiedAt !== file.lastModified) return false;
  works.set(id, { file, attempts: 0, stopping: null, timer: null });
  change(id, () => ({ state: "waiting" }));
  pump();
  return true;
}

/** What was heard of documents on their way. */
export function arriving(documents: readonly Arriving[]): void {
  const told = new Map(documents.map((document) => [document.id, document]));
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => {
      const document = upload.stored ? told.get(upload.stored.documentId) : undefined;
      return document && upload.stored ? { ...upload, stored: { ...upload.stored, document } } : upload;
    }),
  }));
}

/** Sends again what failed or was cancelled. */
export function retry(id: string): void {
  const work = works.get(id);
  if (!work) return;
  work.attempts = 0;
  change(id, (upload) => (canRetry(upload) ? { state: "waiting", sent: 0, problem: null } : {}));
  pump();
}

export function retryAll(): void {
  for (const upload of useUploads.getState().uploads) if (canRetry(upload)) retry(upload.id);
}

/** Forgets what is done; what is under way stays. */
export function clearDone(): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.filter((upload) => isOpen(upload) || upload.state === "paused"),
  }));
  const left = new Set(useUploads.getState().uploads.map((upload) => upload.id));
  for (const id of works.keys()) if (!left.has(id)) works.delete(id);
}

function pump(): void {
  watch();
  if (useSession.getState().state !== "signed-in") return;
  const { uploads } = useUploads.getState();
  let free = CONCURRENT - uploads.filter((upload) => upload.state === "sending").length;
  for (const upload of uploads) {
    if (free <= 0) return;
    const work = works.get(upload.id);
    if (upload.state !== "waiting" || !work || work.timer) continue;
    free -= 1;
    change(upload.id, (one) => ({ state: "sending", sent: one.partsId ? one.sent : 0, problem: null }));
    void attempt(upload, work);
  }
}

async function attempt(upload: Upload, work: Work): Promise<void> {
  work.attempts += 1;
  work.stopping = new AbortController();
  const { signal } = work.stopping;
  try {
    const stored = await transfer(upload, work.file, {
      onProgress: (share) => signal.aborted || advance(upload.id, share),
      onBegun: (partsId) => signal.aborted || change(upload.id, () => ({ partsId })),
      signal,
    });
    if (signal.aborted) return;
    works.delete(upload.id);
    change(upload.id, () => ({ state: "stored", sent: 1, stored }));
  } catch (error) {
    if (signal.aborted) return;
    const changes = refused(work, error);
    change(upload.id, () => changes);
  } finally {
    pump();
  }
}

/** What a failure makes of an upload: nothing that passes by itself is shown as one. */
function refused(work: Work, error: unknown): Partial<Upload> {
  const problem = error instanceof Problem ? error : new Problem(0, "offline", "The file could not be sent.");
  // The session has expired; it goes on when the person has signed in again.
  if (problem.status === 401) return { state: "waiting" };
  const passes = problem.isOffline || problem.status === 429 || problem.status === 503;
  if (!passes || work.attempts >= ATTEMPTS) return { state: "failed", sent: 0, problem };
  const pause = Math.min(problem instanceof Later ? problem.seconds * 1000 : 0, LONGEST_PAUSE);
  work.timer = setTimeout(
    () => {
      work.timer = null;
      pump();
    },
    Math.max(pause, PAUSE * work.attempts),
  );
  return { state: "waiting", sent: 0 };
}

function advance(id: string, sent: number): void {
  change(id, (upload) => {
    // A hundred steps are enough for an eye; a queue of thousands must not redraw for every packet.
    const enough = upload.state === "sending" && (sent === 1 || sent - upload.sent >= 0.01);
    return enough ? { sent } : {};
  });
}

function stop(work: Work | undefined): void {
  if (!work) return;
  if (work.timer) clearTimeout(work.timer);
  work.timer = null;
  work.stopping?.abort();
  work.stopping = null;
}

function change(id: string, by: (upload: Upload) => Partial<Upload>): void {
  const { uploads } = useUploads.getState();
  const index = uploads.findIndex((upload) => upload.id === id);
  const found = uploads[index];
  if (!found) return;
  const changes = by(found);
  if (Object.keys(changes).length === 0) return;
  useUploads.setState({ uploads: uploads.with(index, { ...found, ...changes }) });
}

let watching = false;

/** Once there is a queue: goes on after a new sign-in, forgets all when somebody signs out, warns before leaving. */
function watch(): void {
  if (watching) return;
  watching = true;
  useSession.subscribe(({ state }) => {
    if (state === "signed-in") pump();
    if (state === "signed-out") {
      halt();
      clearDone();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (useUploads.getState().uploads.some(isOpen)) event.preventDefault();
  });
}
