import { afterEach, describe, expect, it, vi } from "vitest";

import { readEvents } from "./events";
import { EventParser, type StreamEvent } from "./parser";

const bytes = (text: string) => new TextEncoder().encode(text);
const TEXT =
  ': hello\n\nid: 1\nevent: text.delta\ndata: {"t":"Grüße 🙂👩‍👩‍👧 漢字"}\r\n\r\n:\n\nevent: gone\n\nretry: 5\nid: 2\r\ndata:{"t":1}\r\rdata\n\nid: 3\ndata: 3\n\n';
const WHOLE: StreamEvent[] = [
  { id: "1", event: "text.delta", data: { t: "Grüße 🙂👩‍👩‍👧 漢字" } },
  { id: "2", event: "message", data: { t: 1 } },
  { id: "3", event: "message", data: 3 },
];

describe("EventParser", () => {
  it("finds the same events wherever the stream is cut in two", () => {
    const all = bytes(TEXT.replace("data\n\n", ""));
    for (let cut = 0; cut <= all.length; cut += 1) {
      const parser = new EventParser();
      const found = [...parser.push(all.slice(0, cut)), ...parser.push(all.slice(cut))];
      expect(found, `cut at ${cut}`).toEqual(WHOLE);
    }
  });

  it("finds them wherever it is cut in three, in characters and line ends", () => {
    const all = bytes('data: "ü"\r\n\r\ndata: "🙂"\r\n\r\n');
    for (let first = 0; first <= all.length; first += 1)
      for (let second = first; second <= all.length; second += 1) {
        const parser = new EventParser();
        const pieces = [all.slice(0, first), all.slice(first, second), all.slice(second)];
        expect(pieces.flatMap((piece) => parser.push(piece)).map(({ data }) => data)).toEqual(["ü", "🙂"]);
      }
  });

  it("gives nothing of an event that the end cuts off", () => {
    const parser = new EventParser();
    expect(parser.push(bytes('id: 1\ndata: {"a":1}\n'))).toEqual([]);
  });

  it("reads a long stream of small pieces in a time that grows with it", () => {
    const parser = new EventParser();
    const from = performance.now();
    let found = 0;
    const one = bytes(`data: "${"x".repeat(200)}"\n\n`.repeat(5_000));
    found += parser.push(one).length;
    for (let at = 0; at < one.length; at += 100) found += parser.push(one.slice(at, at + 100)).length;
    expect(found).toBe(10_000);
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe("readEvents", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Serves one answer after another, then nothing more; what was asked for is returned as it was asked. */
  function serve(...answers: (() => Response)[]): (string | null)[] {
    const asked: (string | null)[] = [];
    vi.stubGlobal("fetch", async (request: Request) => {
      asked.push(request.headers.get("Last-Event-ID"));
      const next = answers.shift();
      if (!next) throw new TypeError("Failed to fetch");
      return next();
    });
    return asked;
  }

  const sse = (text: string) => () => new Response(text, { headers: { "Content-Type": "text/event-stream" } });
  const event = (id: number, kind = "text.delta") => `id: ${id}\nevent: ${kind}\ndata: ${id}\n\n`;

  async function read(more: Partial<Parameters<typeof readEvents>[1]> = {}) {
    const stop = new AbortController();
    const found: unknown[] = [];
    const stands: boolean[] = [];
    await readEvents("http://hub/x", {
      signal: stop.signal,
      pauses: [0],
      onEvent: ({ data }) => found.push(data),
      onConnection: (yes) => {
        stands.push(yes);
        if (stands.length > 10) stop.abort();
      },
      isLast: (one) => one.event === "run.succeeded",
      ...more,
    });
    return { found, stands };
  }

  it("asks on where a stream ends without its last event", async () => {
    const asked = serve(sse(event(1)), sse(""), sse(": nothing yet\n\n"), sse(event(2, "run.succeeded")));
    const { found, stands } = await read();
    expect(found).toEqual([1, 2]);
    expect(asked).toEqual([null, "1", "1", "1"]);
    expect(stands.at(-1)).toBe(true);
  });

  it("goes on from where the caller was, and does not stop before the last event for nothing", async () => {
    const asked = serve(sse(event(4) + event(5) + event(6, "run.succeeded") + event(7)));
    const { found, stands } = await read({ lastEventId: "5" });
    expect(found).toEqual([6]);
    expect(asked).toEqual(["5"]);
    expect(stands).toEqual([]);
  });

  it("gives nothing twice of a stream that begins anew, and passes over a gap", async () => {
    serve(sse(event(1) + event(2) + event(2)), sse(event(1) + event(2) + event(10)), sse(event(11, "run.succeeded")));
    expect((await read()).found).toEqual([1, 2, 10, 11]);
  });

  it("takes up again what a broken event, a proxy's page or a busy server interrupted", async () => {
    const asked = serve(
      sse(`${event(1)}id: 2\ndata: {"broken\n\n`),
      () => new Response("<html>Please wait</html>", { status: 502, headers: { "Content-Type": "text/html" } }),
      () => Response.json({ detail: "Slowly." }, { status: 429 }),
      sse(event(1) + event(2) + event(3, "run.succeeded")),
    );
    expect((await read()).found).toEqual([1, 2, 3]);
    expect(asked).toEqual([null, null, null, null]);
  });

  it("waits longer after each failure and starts over once an event came", async () => {
    const asked = serve(
      sse(event(1)),
      () => new Response(null, { status: 503 }),
      sse(event(2)),
      sse(event(3, "run.succeeded")),
    );
    const paused: number[] = [];
    const real = setTimeout;
    vi.stubGlobal("setTimeout", (work: () => void, time = 0) => {
      paused.push(time);
      return real(work, 0);
    });
    await read({ pauses: [10, 20, 30] });
    expect(asked).toHaveLength(4);
    expect(paused).toEqual([10, 20, 10]);
  });

  it("lets go of the connection when nobody waits any longer", async () => {
    let released = false;
    const endless = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(bytes(event(1))),
          cancel: () => {
            released = true;
          },
        }),
      );
    serve(endless);
    const stop = new AbortController();
    const found: unknown[] = [];
    await readEvents("http://hub/x", {
      signal: stop.signal,
      onEvent: ({ data }) => {
        found.push(data);
        stop.abort();
      },
      isLast: () => true,
    });
    expect(found).toEqual([1]);
    expect(released).toBe(true);
  });
});
