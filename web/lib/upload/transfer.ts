import { Problem, readProblem } from "../api/problem";
import { authorization, renew } from "../session";
import { type Arriving, IN_PARTS, type Stored, type Upload } from "./model";

/** What is heard of a file under way, and how to stop it. */
export interface Course {
  /** How much of it has been sent: 0 to 1. */
  onProgress: (share: number) => void;
  /** The server's id of a file that goes in parts. */
  onBegun: (partsId: string) => void;
  signal: AbortSignal;
}

/** A refusal that says when to come again. */
export class Later extends Problem {
  readonly seconds: number;

  constructor(problem: Problem, seconds: number) {
    super(problem.status, problem.code, problem.message, problem.requestId);
    this.seconds = seconds;
  }
}

/**
 * Sends a file. Large ones go in parts and can be gone on with (`resumable.ts`). Small ones go as they are, by
 * XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent. Throws Problem.
 */
export async function transfer(upload: Upload, file: File, course: Course): Promise<Stored> {
  if (upload.size >= IN_PARTS) return transferInParts(upload, file, course);
  let answer = await post(upload, file, course);
  if (answer.status === 401 && (await renew())) answer = await post(upload, file, course);
  if (!answer.ok) {
    const problem = await readProblem(answer);
    const seconds = Number(answer.headers.get("retry-after"));
    throw seconds > 0 ? new Later(problem, seconds) : problem;
  }
  const body = (await answer.json()) as Arriving & { outcome: Stored["outcome"]; duplicate_of: string | null };
  const document = body.outcome === "unchanged" ? null : body;
  return { documentId: body.id, outcome: body.outcome, duplicateOf: body.duplicate_of, document };
}

async function transferInParts(upload: Upload, file: File, { signal, ...heard }: Course): Promise<Stored> {
  const { sendInParts } = await import("./resumable");
  if (signal.aborted) throw cancelled();
  const { knowledgeBaseId, path, partsId = null } = upload;
  const sending = sendInParts(file, { knowledgeBaseId, path, uploadId: partsId }, heard);
  signal.addEventListener("abort", sending.stop);
  const arrived = await sending.done;
  return arrived.outcome === "unchanged" ? { ...arrived, document: null } : arrived;
}

function post(upload: Upload, file: File, { onProgress, signal }: Course): Promise<Response> {
  const place = new URLSearchParams({ path: upload.path, modified_at: new Date(file.lastModified).toISOString() });
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled());
    const request = new XMLHttpRequest();
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", `/api/knowledge-bases/${upload.knowledgeBaseId}/documents?${place}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const headers = new Headers({ "retry-after": request.getResponseHeader("Retry-After") ?? "" });
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onerror = () => reject(new Problem(0, "offline", "The connection to the server was lost."));
    request.onabort = () => reject(cancelled());
    request.send(file);
  });
}

function cancelled(): Problem {
  return new Problem(0, "cancelled", "The upload was cancelled.");
}
