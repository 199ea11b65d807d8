import { DetailedError, Upload as Tus } from "tus-js-client";

import { Problem, problemOf } from "../api/problem";
import { authorization, authorizedFetch, renew } from "../session";

/**
 * Large files, sent in parts by the tus protocol: after a broken connection, a restart of the server or a reload of the
 * page one goes on where it stood. What is unfinished is asked of the server, so nothing about files lies in the browser.
 */
export interface Unfinished {
  id: string;
  knowledgeBaseId: string;
  path: string;
  size: number;
  /** 0 to 1. */
  sent: number;
  modifiedAt: number | null;
}

export interface Place {
  knowledgeBaseId: string;
  path: string;
  /** The upload to go on with, where it is known. */
  uploadId: string | null;
}

/** What became of a file. */
export interface Arrived {
  documentId: string;
  outcome: "created" | "replaced" | "unchanged";
  duplicateOf: string | null;
  /** How far the server is with it. */
  document: Document;
}

interface Document {
  id: string;
  state: string;
  stage: string;
  failure: string | null;
  failure_code: string | null;
  updated_at: string;
}

export interface Sending {
  done: Promise<Arrived>;
  /** Stops sending; what the server has stays there. */
  stop: () => void;
}

interface Hooks {
  onProgress: (share: number) => void;
  /** The server knows it by this id now. */
  onBegun: (uploadId: string) => void;
}

interface UploadBody {
  id: string;
  knowledge_base_id: string;
  path: string;
  length: number;
  offset: number;
  modified_at: string | null;
  document_id: string | null;
  outcome: Arrived["outcome"] | null;
  duplicate_of: string | null;
}

/** Bytes of one request: what stands between us and the server may not take more. */
const PART = 32 * 1024 * 1024;
const PAUSES = [500, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000];
const RENEWALS = 50;
const lockOf = (uploadId: string) => `nexus-upload-${uploadId}`;

export function sendInParts(file: File, place: Place, hooks: Hooks): Sending {
  let stopped = false;
  let sending: Tus | null = null;
  let release = () => {};

  async function send(): Promise<Arrived> {
    let id = place.uploadId ?? (await findUnfinished(file, place));
    for (let renewals = 0; ; renewals += 1) {
      if (stopped) throw new Problem(0, "cancelled", "The upload was cancelled.");
      try {
        id = await run(id);
        return await outcomeOf(id);
      } catch (error) {
        // The access token lives for minutes, a large file may take hours.
        const expired = error instanceof Problem && error.status === 401;
        if (!expired || renewals === RENEWALS || !(await renew())) throw error;
      }
    }
  }

  function run(id: string | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const tus = new Tus(file, {
        endpoint: `/api/knowledge-bases/${place.knowledgeBaseId}/uploads`,
        uploadUrl: id ? `/api/uploads/${id}` : null,
        metadata: { path: place.path, modified_at: new Date(file.lastModified).toISOString() },
        chunkSize: PART,
        retryDelays: PAUSES,
        storeFingerprintForResuming: false,
        onBeforeRequest: (request) => {
          for (const [name, value] of Object.entries(authorization())) request.setHeader(name, value);
        },
        onShouldRetry: (error) => passes(error.originalResponse?.getStatus() ?? 0),
        onProgress: (sent, all) => hooks.onProgress(all ? sent / all : 1),
        onUploadUrlAvailable: () => {
          release();
          release = hold(lockOf(idOf(tus)));
          hooks.onBegun(idOf(tus));
        },
        onSuccess: () => resolve(idOf(tus)),
        onError: (error) => reject(problemFrom(error)),
      });
      sending = tus;
      tus.start();
    });
  }

  return {
    done: send().finally(() => release()),
    stop: () => {
      stopped = true;
      release();
      void sending?.abort();
    },
  };
}

/** One's own unfinished uploads that no tab of this browser is sending just now. */
export async function listUnfinished(): Promise<Unfinished[]> {
  const body = (await read("/api/uploads?limit=200")) as { items: UploadBody[] };
  const held = "locks" in navigator ? ((await navigator.locks.query()).held ?? []) : [];
  const busy = new Set(held.map((lock) => lock.name));
  return body.items.filter((one) => !busy.has(lockOf(one.id))).map(unfinished);
}

/** Takes an upload back; one that is gone is no matter. */
export async function discard(uploadId: string): Promise<void> {
  await authorizedFetch(`/api/uploads/${uploadId}`, { method: "DELETE" });
}

async function findUnfinished(file: File, place: Place): Promise<string | null> {
  const body = (await read(`/api/uploads?limit=200&knowledge_base_id=${place.knowledgeBaseId}`)) as {
    items: UploadBody[];
  };
  const path = place.path.normalize("NFC");
  const known = body.items.map(unfinished).find((one) => one.path.normalize("NFC") === path && isSame(one, file));
  return known?.id ?? null;
}

/** As far as one can tell without reading it. */
export function isSame(one: { size: number; modifiedAt: number | null }, file: File): boolean {
  return one.size === file.size && (one.modifiedAt === null || one.modifiedAt === file.lastModified);
}

function unfinished(body: UploadBody): Unfinished {
  return {
    id: body.id,
    knowledgeBaseId: body.knowledge_base_id,
    path: body.path,
    size: body.length,
    sent: body.length ? body.offset / body.length : 0,
    modifiedAt: body.modified_at ? Date.parse(body.modified_at) : null,
  };
}

async function outcomeOf(id: string): Promise<Arrived> {
  const body = (await read(`/api/uploads/${id}`)) as UploadBody;
  if (!body.document_id || !body.outcome) throw new Problem(0, "offline", "The file could not be sent.");
  const document = (await read(`/api/documents/${body.document_id}`)) as Document;
  return { documentId: document.id, outcome: body.outcome, duplicateOf: body.duplicate_of, document };
}

async function read(path: string): Promise<unknown> {
  const answer = await authorizedFetch(path);
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw problemOf(answer, body);
  return body;
}

function idOf(tus: Tus): string {
  return tus.url?.split("/").pop() ?? "";
}

/** Whether to come again by itself: nobody there, in use, too much at once. */
function passes(status: number): boolean {
  return status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);
}

function problemFrom(error: Error | DetailedError): Problem {
  const answer = error instanceof DetailedError ? error.originalResponse : null;
  if (!answer?.getStatus()) return new Problem(0, "offline", "The connection to the server was lost.");
  let body: unknown = null;
  try {
    body = JSON.parse(answer.getBody());
  } catch {
    // A proxy's page: its status is all we know.
  }
  return problemOf(new Response(null, { status: answer.getStatus() }), body);
}

/** Tells other tabs that this one is at work, for as long as it lives. */
function hold(name: string): () => void {
  let release = () => {};
  if ("locks" in navigator) {
    void navigator.locks.request(name, { mode: "shared" }, () => new Promise<void>((done) => (release = done)));
  }
  return () => release();
}
