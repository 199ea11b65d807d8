import { create } from "zustand";

import { Problem, readProblem } from "./api/problem";
import type { Sending } from "./resumable";
import { authorization, renew, useSession } from "./session";

/**
 * The queue of files on their way to the server. It belongs to the tab, not to a page, so it goes on while one looks
 * elsewhere. Large files go in parts and can be gone on with (`resumable.ts`). Small ones go as they are, by
 * XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent.
 *
 * `left` is one that an earlier page began: the server has a part of it, and we do not have the file.
 */
export type UploadState = "waiting" | "sending" | "paused" | "left" | "stored" | "failed" | "cancelled";

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
  /** The server's id of a file that goes in parts, once it has one. */
  readonly partsId?: string | null;
  /** When the file was changed, of one that is `left`. */
  readonly modifiedAt?: number | null;
}

/** What the server made of the file. */
export interface Stored {
  documentId: string;
  outcome: "created" | "replaced" | "unchanged";
  /** Another document of the knowledge base with the same bytes. */
  duplicateOf: string | null;
  /** How far the server is with it, as last heard. */
  document?: Arriving | null;
}

/** A document on its way to being searchable. */
export interface Arriving {
  id: string;
  state: string;
  stage: string;
  failure: string | null;
  failure_code: string | null;
  updated_at: string;
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

/** Bytes from which a file is sent in parts: a smaller one is sooner sent again than asked about. */
export const IN_PARTS = 8 * 1024 * 1024;
export const CONCURRENT = 3;
const ATTEMPTS = 3;
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

interface Work {
  file: File;
  attempts: number;
  abort: (() => void) | null;
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
    works.set(id, { file, attempts: 0, turn: 0, abort: null, timer: null });
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
  works.set(id, { file, attempts: 0, turn: 0, abort: null, timer: null });
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

export function isOpen(upload: Upload): boolean {
  return upload.state === "waiting" || upload.state === "sending";
}

/** It is neither stored nor given up. */
export function isUnsettled(upload: Upload): boolean {
  return isOpen(upload) || upload.state === "paused" || upload.state === "left";
}

export function canPause(upload: Upload): boolean {
  return upload.state === "sending" && upload.size >= IN_PARTS;
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
    change(upload.id, (one) => ({ state: "sending", sent: one.partsId ? one.sent : 0, problem: null }));
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

/** A refusal that says when to come again. */
class Later extends Problem {
  readonly seconds: number;

  constructor(problem: Problem, seconds: number) {
    super(problem.status, problem.code, problem.message, problem.requestId);
    this.seconds = seconds;
  }
}

async function transfer(upload: Upload, work: Work): Promise<Stored> {
  if (upload.size >= IN_PARTS) return transferInParts(upload, work);
  let answer = await post(upload, work);
  if (answer.status === 401 && (await renew())) answer = await post(upload, work);
  if (!answer.ok) {
    const problem = await readProblem(answer);
    const seconds = Number(answer.headers.get("retry-after"));
    throw seconds > 0 ? new Later(problem, seconds) : problem;
  }
  const body = (await answer.json()) as Arriving & { outcome: Stored["outcome"]; duplicate_of: string | null };
  const document = body.outcome === "unchanged" ? null : body;
  return { documentId: body.id, outcome: body.outcome, duplicateOf: body.duplicate_of, document };
}

async function transferInParts(upload: Upload, work: Work): Promise<Stored> {
  const { turn } = work;
  const { sendInParts } = await import("./resumable");
  if (work.turn !== turn) throw new Problem(0, "cancelled", "The upload was cancelled.");
  const { knowledgeBaseId, path, partsId = null } = upload;
  const sending: Sending = sendInParts(
    work.file,
    { knowledgeBaseId, path, uploadId: partsId },
    {
      onProgress: (share) => work.turn === turn && advance(upload.id, share),
      onBegun: (id) => work.turn === turn && change(upload.id, () => ({ partsId: id })),
    },
  );
  work.abort = sending.stop;
  const arrived = await sending.done;
  return arrived.outcome === "unchanged" ? { ...arrived, document: null } : arrived;
}

function post(upload: Upload, work: Work): Promise<Response> {
  const { file } = work;
  const place = new URLSearchParams({ path: upload.path, modified_at: new Date(file.lastModified).toISOString() });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    work.abort = () => request.abort();
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
  advance(id, event.loaded / event.total);
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
  work.turn += 1;
  if (work.timer) clearTimeout(work.timer);
  work.timer = null;
  work.abort?.();
  work.abort = null;
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
