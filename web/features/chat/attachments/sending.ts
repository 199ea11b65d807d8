import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";

import { Problem, readProblem } from "@/lib/api/problem";
import { authorization, renew } from "@/lib/session";

import { afterSignIn } from "../afterSignIn";
import { type AttachedFile, keepFile } from "./queries";

/** A file on its way to the server. It is a row of the conversation's files once it has arrived. */
export interface Sending {
  id: string;
  conversationId: string;
  name: string;
  /** 0 to 1. */
  sent: number;
  problem: Problem | null;
}

export const TOO_LARGE = "file-too-large";

export const useSending = create<{ sendings: readonly Sending[] }>(() => ({ sendings: [] }));

interface Work {
  file: File;
  request: XMLHttpRequest | null;
  done: Promise<void>;
}

const works = new Map<string, Work>();
let counter = 0;

export type Arrived = AttachedFile & { outcome: "created" | "replaced" | "unchanged"; duplicate_of: string | null };

/** Sends files to a conversation, side by side. `onArrived` hears of each that the server has taken. */
export function sendFiles(
  client: QueryClient,
  conversationId: string,
  files: readonly File[],
  options: { limit: number; onArrived: (file: Arrived) => void },
): void {
  for (const file of files) {
    counter += 1;
    const id = `sending-${counter}`;
    const tooLarge = file.size > options.limit;
    const problem = tooLarge ? new Problem(413, TOO_LARGE, "The file is larger than the server takes.") : null;
    const sending: Sending = { id, conversationId, name: file.name, sent: 0, problem };
    useSending.setState(({ sendings }) => ({ sendings: [...sendings, sending] }));
    const work: Work = { file, request: null, done: Promise.resolve() };
    works.set(id, work);
    if (!tooLarge) work.done = run(client, sending, work, options.onArrived);
  }
}

async function run(client: QueryClient, sending: Sending, work: Work, onArrived: (file: Arrived) => void) {
  try {
    const arrived = await afterSignIn(() => transfer(sending, work));
    forget(sending.id);
    keepFile(client, sending.conversationId, arrived);
    onArrived(arrived);
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(0, "offline", "The file could not be sent.");
    change(sending.id, { problem, sent: 0 });
  }
}

/** Resolves when nothing is on its way to this conversation; what has failed is not waited for. */
export async function allSent(conversationId: string): Promise<void> {
  const open = useSending.getState().sendings.filter((one) => one.conversationId === conversationId && !one.problem);
  await Promise.all(open.map((one) => works.get(one.id)?.done));
}

/** Takes it back, or out of sight when it has failed. */
export function forget(id: string): void {
  works.get(id)?.request?.abort();
  works.delete(id);
  useSending.setState(({ sendings }) => ({ sendings: sendings.filter((one) => one.id !== id) }));
}

export function sendAgain(client: QueryClient, sending: Sending, onArrived: (file: Arrived) => void): void {
  const work = works.get(sending.id);
  if (!work) return;
  change(sending.id, { problem: null, sent: 0 });
  work.done = run(client, sending, work, onArrived);
}

function change(id: string, values: Partial<Sending>): void {
  useSending.setState(({ sendings }) => ({
    sendings: sendings.map((one) => (one.id === id ? { ...one, ...values } : one)),
  }));
}

async function transfer(sending: Sending, work: Work): Promise<Arrived> {
  let answer = await post(sending, work);
  if (answer.status === 401 && (await renew())) answer = await post(sending, work);
  if (!answer.ok) throw await readProblem(answer);
  return (await answer.json()) as Arrived;
}

/** XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent. */
function post(sending: Sending, work: Work): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    work.request = request;
    const name = new URLSearchParams({ name: sending.name });
    request.open("POST", `/api/conversations/${sending.conversationId}/attachments?${name}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [key, value] of Object.entries(authorization())) request.setRequestHeader(key, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) change(sending.id, { sent: event.loaded / event.total });
    };
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(new Problem(0, "offline", "The connection to the server was lost."));
    request.onabort = () => reject(new Problem(0, "cancelled", "The upload was cancelled."));
    request.send(work.file);
  });
}
