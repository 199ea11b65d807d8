import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useSession } from "../session";
import { IN_PARTS, isOpen, TOO_LARGE } from "./model";
import {
  CONCURRENT,
  cancel,
  cancelAll,
  clearDone,
  continueWith,
  goOn,
  pause,
  restore,
  retry,
  send,
  useUploads,
} from "./queue";

/** A server's side of the uploads: each request waits here until the test answers it. */
class FakeRequest {
  static all: FakeRequest[] = [];
  upload: { onprogress: ((event: ProgressEvent) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 0;
  responseText = "";
  url = "";
  aborted = false;
  headers: Record<string, string> = {};
  private answers: Record<string, string> = {};

  constructor() {
    FakeRequest.all.push(this);
  }
  open(_method: string, url: string) {
    this.url = url;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getResponseHeader(name: string) {
    return this.answers[name] ?? null;
  }
  send() {}
  abort() {
    this.aborted = true;
    this.onabort?.();
  }
  progress(loaded: number, total: number) {
    this.upload.onprogress?.({ lengthComputable: true, loaded, total } as ProgressEvent);
  }
  async answer(status: number, body: unknown, headers: Record<string, string> = {}) {
    this.status = status;
    this.answers = headers;
    this.responseText = JSON.stringify(body);
    this.onload?.();
    await settle();
  }
  get path() {
    return new URL(this.url, "http://nexus").searchParams.get("path");
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const target = { knowledgeBaseId: "kb", limit: 1000 };
const created = { id: "d1", outcome: "created", duplicate_of: null };
const files = (...names: string[]) => names.map((path) => ({ path, file: new File(["text"], path) }));
const states = () => useUploads.getState().uploads.map((upload) => upload.state);
const at = (index: number) => {
  const upload = useUploads.getState().uploads[index];
  if (!upload) throw new Error(`no upload ${index}`);
  return upload;
};
const request = (index: number) => {
  const found = FakeRequest.all[index];
  if (!found) throw new Error(`no request ${index}`);
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  FakeRequest.all = [];
  useSession.setState({ state: "signed-in" });
});

afterEach(() => {
  cancelAll();
  clearDone();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the upload queue", () => {
  it("sends three at a time, in their order, each to its path", async () => {
    send(files("a.txt", "b/c.txt", "d.txt", "e.txt"), target);
    expect(states()).toEqual(["sending", "sending", "sending", "waiting"]);
    expect(FakeRequest.all.map((one) => one.path)).toEqual(["a.txt", "b/c.txt", "d.txt"]);
    await request(1).answer(201, created);
    expect(states()).toEqual(["sending", "stored", "sending", "sending"]);
    expect(FakeRequest.all).toHaveLength(CONCURRENT + 1);
  });

  it("tells how much is sent and what the server made of it", async () => {
    send(files("a.txt"), target);
    request(0).progress(40, 100);
    expect(at(0).sent).toBe(0.4);
    await request(0).answer(201, { id: "d7", outcome: "replaced", duplicate_of: "d2" });
    expect(at(0).stored).toMatchObject({ documentId: "d7", outcome: "replaced", duplicateOf: "d2" });
  });

  it("refuses what is too large before sending it, for good", () => {
    send([{ path: "big.bin", file: new File([new Uint8Array(1001)], "big.bin") }], target);
    expect(at(0).problem?.code).toBe(TOO_LARGE);
    retry(at(0).id);
    expect(FakeRequest.all).toHaveLength(0);
  });

  it("cancels one that is being sent, and goes on with the next", () => {
    send(files("a", "b", "c", "d"), target);
    cancel(at(0).id);
    expect(request(0).aborted).toBe(true);
    expect(states()).toEqual(["cancelled", "sending", "sending", "sending"]);
  });

  it("cancels all of them", async () => {
    send(files("a", "b", "c", "d"), target);
    cancelAll();
    await settle();
    expect(states()).toEqual(["cancelled", "cancelled", "cancelled", "cancelled"]);
    expect(FakeRequest.all).toHaveLength(CONCURRENT);
  });

  it("sends again what was cancelled, whatever the first sending still says", async () => {
    send(files("a"), target);
    cancel(at(0).id);
    retry(at(0).id);
    await settle();
    expect(states()).toEqual(["sending"]);
    await request(1).answer(201, created);
    expect(states()).toEqual(["stored"]);
  });

  it("tries again by itself when the connection is lost, three times in all", async () => {
    send(files("a"), target);
    request(0).onerror?.();
    await settle();
    expect(states()).toEqual(["waiting"]);
    await vi.advanceTimersByTimeAsync(2_000);
    request(1).onerror?.();
    await vi.advanceTimersByTimeAsync(4_000);
    request(2).onerror?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states()).toEqual(["failed"]);
    expect(FakeRequest.all).toHaveLength(3);
    retry(at(0).id);
    expect(states()).toEqual(["sending"]);
  });

  it("comes again when a busy server says", async () => {
    send(files("a"), target);
    await request(0).answer(503, { detail: "Too much at once." }, { "Retry-After": "7" });
    await vi.advanceTimersByTimeAsync(6_900);
    expect(FakeRequest.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(FakeRequest.all).toHaveLength(2);
  });

  it("shows a refusal with the server's sentence", async () => {
    send(files("a"), target);
    await request(0).answer(403, { code: "forbidden", detail: "You may not change this knowledge base." });
    expect(at(0).state).toBe("failed");
    expect(at(0).problem?.message).toBe("You may not change this knowledge base.");
  });

  it("waits while the session has expired, and goes on after the new sign-in", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => new Response("{}", { status: 401 })),
    );
    send(files("a"), target);
    await request(0).answer(401, {});
    expect(useSession.getState().state).toBe("expired");
    expect(states()).toEqual(["waiting"]);
    useSession.setState({ state: "signed-in" });
    expect(states()).toEqual(["sending"]);
  });

  it("forgets everything when the person signs out", () => {
    send(files("a", "b"), target);
    useSession.setState({ state: "signed-out" });
    expect(useUploads.getState().uploads).toEqual([]);
    expect(request(0).aborted).toBe(true);
  });

  it("replaces a file that waits at the same place", () => {
    send(files("a", "b", "c", "d"), target);
    send(files("d"), target);
    expect(useUploads.getState().uploads.filter((upload) => upload.path === "d")).toHaveLength(1);
  });

  it("warns before leaving only while files are on their way", async () => {
    send(files("a"), target);
    expect(window.dispatchEvent(new Event("beforeunload", { cancelable: true }))).toBe(false);
    await request(0).answer(201, created);
    expect(window.dispatchEvent(new Event("beforeunload", { cancelable: true }))).toBe(true);
    clearDone();
    expect(useUploads.getState().uploads.some(isOpen)).toBe(false);
  });
});

const parts = vi.hoisted(() => ({
  begun: [] as {
    place: { uploadId: string | null };
    stop: () => void;
    hooks: Hooks;
    arrive: (value: unknown) => void;
  }[],
  unfinished: [] as unknown[],
  discarded: [] as string[],
}));

interface Hooks {
  onProgress: (share: number) => void;
  onBegun: (id: string) => void;
}

vi.mock("./resumable", () => ({
  sendInParts: (_file: File, place: { uploadId: string | null }, hooks: Hooks) => {
    let arrive = (_: unknown) => {};
    const done = new Promise((resolve) => {
      arrive = resolve;
    });
    const stop = vi.fn();
    parts.begun.push({ place, hooks, stop, arrive });
    return { done, stop };
  },
  listUnfinished: async () => parts.unfinished,
  discard: async (id: string) => void parts.discarded.push(id),
}));

describe("large files", () => {
  const large = { knowledgeBaseId: "kb", limit: 2 * IN_PARTS };
  const film = () => {
    const file = new File(["x"], "film.bin", { lastModified: 7 });
    Object.defineProperty(file, "size", { value: IN_PARTS });
    return file;
  };
  const sent = (index: number) => {
    const found = parts.begun[index];
    if (!found) throw new Error(`nothing sent as ${index}`);
    return found;
  };

  beforeEach(() => {
    parts.begun = [];
    parts.discarded = [];
    parts.unfinished = [];
  });

  it("go in parts, are paused and gone on with where they stood", async () => {
    send([{ path: "film.bin", file: film() }], large);
    await settle();
    sent(0).hooks.onBegun("u1");
    sent(0).hooks.onProgress(0.4);
    pause(at(0).id);
    expect(sent(0).stop).toHaveBeenCalled();
    expect(at(0)).toMatchObject({ state: "paused", sent: 0.4 });
    goOn(at(0).id);
    await settle();
    expect(sent(1).place.uploadId).toBe("u1");
    expect(at(0)).toMatchObject({ state: "sending", sent: 0.4 });
    sent(1).arrive({ documentId: "d1", outcome: "created", duplicateOf: null, document: null });
    await settle();
    expect(at(0).state).toBe("stored");
    expect(FakeRequest.all).toHaveLength(0);
  });

  it("are taken back at the server when they are cancelled, and not when the person signs out", async () => {
    send([{ path: "film.bin", file: film() }], large);
    await settle();
    sent(0).hooks.onBegun("u1");
    cancel(at(0).id);
    await settle();
    expect(parts.discarded).toEqual(["u1"]);
    retry(at(0).id);
    await settle();
    sent(1).hooks.onBegun("u2");
    useSession.setState({ state: "signed-out" });
    await settle();
    expect(parts.discarded).toEqual(["u1"]);
  });

  it("that an earlier page left are shown, and gone on with by the same file alone", async () => {
    parts.unfinished = [
      { id: "u9", knowledgeBaseId: "kb", path: "film.bin", size: IN_PARTS, sent: 0.7, modifiedAt: 7 },
    ];
    await restore();
    await restore();
    expect(at(0)).toMatchObject({ state: "left", sent: 0.7, partsId: "u9" });
    expect(states()).toHaveLength(1);
    expect(continueWith(at(0).id, new File(["other"], "film.bin"))).toBe(false);
    expect(continueWith(at(0).id, film())).toBe(true);
    await settle();
    expect(sent(0).place.uploadId).toBe("u9");
    cancel(at(0).id);
    await settle();
    expect(parts.discarded).toEqual(["u9"]);
  });
});
