import { create } from "zustand";

import { Problem, readProblem } from "./api/problem";
import { authorization, renew, useSession } from "./session";

/**
 * The queue of files on their way to the server. It belongs to the tab, not to a page, so it goes on while one looks
 * elsewhere. XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent.
 */
export type UploadState = "waiting" | "sending" | "stored" | "failed" | "cancelled";

export interface Upload {
  readonly id: string;
  readonly knowledgeBaseId: string;
  /** Folder and name, `/` between. */
  readonly path: string;
  readonly size: number;
  readonly state: UploadState;
  /** 0 to 1. */
  readonly sent: number;
  readonly stored: Stored | null;
  readonly problem: Problem | null;
}

/** What the server made of the file. */
export interface Stored {
  documentId: string;
  outcome: "created" | "replaced" | "unchanged";
  /** Another document of the knowledge base with the same bytes. */
  duplicateOf: string | null;
}

export interface FileToSend {
  file: File;
  path: string;
}

interface Target {
  knowledgeBaseId: string;
  /** The largest file the server takes, in bytes. */
  limit: number;
}

interface Queue {
  uploads: readonly Upload[];
}

export const useUploads = create<Queue>(() => ({ uploads: [] }));

/** The code of the problem of a file that was not even sent. */
export const TOO_LARGE = "file-too-large";

export const CONCURRENT = 3;
const ATTEMPTS = 3;
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

interface Work {
  file: File;
  attempts: number;
  request: XMLHttpRequest | null;
  /** Counts sends and stops: the end of a send that was stopped meanwhile means nothing. */
  turn: number;
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
    works.set(id, { file, attempts: 0, turn: 0, request: null, timer: null });
    const refused = file.size > limit ? new Problem(413, TOO_LARGE, "The file is larger than the server takes.") : null;
    const state = refused ? "failed" : "waiting";
    return { id, knowledgeBaseId, path, size: file.size, state, sent: 0, stored: null, problem: refused };
  });
  useUploads.setState({ uploads: [...kept, ...added] });
  pump();
}

export function cancel(id: string): void {
  const work = works.get(id);
  if (!work) return;
  change(id, (upload) => (isOpen(upload) ? { state: "cancelled", sent: 0 } : {}));
  stop(work);
  pump();
}

export function cancelAll(): void {
  const open = useUploads.getState().uploads.filter(isOpen);
  const ids = new Set(open.map((upload) => upload.id));
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => (ids.has(upload.id) ? { ...upload, state: "cancelled", sent: 0 } : upload)),
  }));
  for (const id of ids) stop(works.get(id));
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
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter(isOpen) }));
  const left = new Set(useUploads.getState().uploads.map((upload) => upload.id));
  for (const id of works.keys()) if (!left.has(id)) works.delete(id);
}

export function isOpen(upload: Upload): boolean {
  return upload.state === "waiting" || upload.state === "sending";
}

export function canRetry(upload: Upload): boolean {
  return upload.state === "cancelled" || (upload.state === "failed" && upload.problem?.code !== TOO_LARGE);
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
    change(upload.id, () => ({ state: "sending", sent: 0, problem: null }));
    void attempt(upload, work);
  }
}

async function attempt(upload: Upload, work: Work): Promise<void> {
  work.attempts += 1;
  work.turn += 1;
  const { turn } = work;
  try {
    const stored = await transfer(upload, work);
    if (work.turn !== turn) return;
    works.delete(upload.id);
    change(upload.id, () => ({ state: "stored", sent: 1, stored }));
  } catch (error) {
    if (work.turn !== turn) return;
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
  if (problem.status === 401) return { state: "waiting", sent: 0 };
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

/** A refusal that says when to come again. */
class Later extends Problem {
  readonly seconds: number;

  constructor(problem: Problem, seconds: number) {
    super(problem.status, problem.code, problem.message, problem.requestId);
    this.seconds = seconds;
  }
}

async function transfer(upload: Upload, work: Work): Promise<Stored> {
  let answer = await post(upload, work);
  if (answer.status === 401 && (await renew())) answer = await post(upload, work);
  if (!answer.ok) {
    const problem = await readProblem(answer);
    const seconds = Number(answer.headers.get("retry-after"));
    throw seconds > 0 ? new Later(problem, seconds) : problem;
  }
  const body = (await answer.json()) as { id: string; outcome: Stored["outcome"]; duplicate_of: string | null };
  return { documentId: body.id, outcome: body.outcome, duplicateOf: body.duplicate_of };
}

function post(upload: Upload, work: Work): Promise<Response> {
  const { file } = work;
  const place = new URLSearchParams({ path: upload.path, modified_at: new Date(file.lastModified).toISOString() });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    work.request = request;
    request.open("POST", `/api/knowledge-bases/${upload.knowledgeBaseId}/documents?${place}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progressed(upload.id, event);
    request.onload = () => {
      const headers = new Headers({ "retry-after": request.getResponseHeader("Retry-After") ?? "" });
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onerror = () => reject(new Problem(0, "offline", "The connection to the server was lost."));
    request.onabort = () => reject(new Problem(0, "cancelled", "The upload was cancelled."));
    request.send(file);
  });
}

function progressed(id: string, event: ProgressEvent): void {
  if (!event.lengthComputable || event.total === 0) return;
  const sent = event.loaded / event.total;
  change(id, (upload) => {
    // A hundred steps are enough for an eye; a queue of thousands must not redraw for every packet.
    const enough = upload.state === "sending" && (sent === 1 || sent - upload.sent >= 0.01);
    return enough ? { sent } : {};
  });
}

function stop(work: Work | undefined): void {
  if (!work) return;
  work.turn += 1;
  if (work.timer) clearTimeout(work.timer);
  work.timer = null;
  work.request?.abort();
  work.request = null;
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
      cancelAll();
      clearDone();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (useUploads.getState().uploads.some(isOpen)) event.preventDefault();
  });
}
