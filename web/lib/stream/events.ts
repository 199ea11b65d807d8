import { readProblem } from "../api/problem";
import { authorizedFetch } from "../session";
import { EventParser, type StreamEvent } from "./parser";

export type { StreamEvent } from "./parser";

interface Options {
  signal: AbortSignal;
  /** The last event one has already; only those after it are wanted. */
  lastEventId?: string | undefined;
  onEvent: (event: StreamEvent) => void;
  /** Told when the connection is lost and will be tried again, and when it stands again. */
  onConnection?: (stands: boolean) => void;
  /** After this one nothing follows: the promise resolves. Without it a stream is read until `signal` ends it. */
  isLast?: (event: StreamEvent) => boolean;
  /** Milliseconds before the attempts after a lost connection, the last one repeated. */
  pauses?: readonly number[];
}

const PAUSES = [300, 1_000, 2_000, 5_000, 10_000] as const;

/**
 * Reads an event stream, and takes it up where it was when the connection breaks.
 *
 * Events are given once and in order: those with numbers that were had before are dropped. Rejects with the Problem when
 * the server refuses (4xx); a server that is away or fails is tried again until `signal` says that nobody waits.
 */
export async function readEvents(path: string, options: Options): Promise<void> {
  const { signal, onEvent, onConnection, isLast, pauses = PAUSES } = options;
  let last = options.lastEventId ?? "";
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (last) headers["Last-Event-ID"] = last;
      const response = await authorizedFetch(path, { headers, signal });
      if (!response.ok) {
        const problem = await readProblem(response);
        if (response.status < 500 && response.status !== 429) throw new Refused(problem);
        throw problem;
      }
      if (attempt) onConnection?.(true);
      for await (const event of events(response)) {
        if (signal.aborted) return;
        attempt = 0;
        if (isOld(event.id, last)) continue;
        if (event.id) last = event.id;
        onEvent(event);
        if (isLast?.(event)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) throw error.problem;
    }
    onConnection?.(false);
    await wait(pauses[Math.min(attempt, pauses.length - 1)] ?? 0, signal);
    attempt += 1;
  }
}

class Refused extends Error {
  constructor(readonly problem: unknown) {
    super("refused");
  }
}

async function* events(response: Response): AsyncGenerator<StreamEvent> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Numbers only grow; ids that are no numbers are never old. */
function isOld(id: string, last: string): boolean {
  return /^\d+$/.test(id) && /^\d+$/.test(last) && Number(id) <= Number(last);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
