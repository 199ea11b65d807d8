import type { Problem } from "../api/problem";

/** `left` is one that an earlier page began: the server has a part of it, and we do not have the file. */
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

/** The code of the problem of a file that was not even sent. */
export const TOO_LARGE = "file-too-large";

/** Bytes from which a file is sent in parts: a smaller one is sooner sent again than asked about. */
export const IN_PARTS = 8 * 1024 * 1024;

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
