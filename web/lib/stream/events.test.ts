import { afterEach, describe, expect, it, vi } from "vitest";

import { readEvents } from "./events";
import { EventParser, type StreamEvent } from "./parser";

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(whole: Uint8Array, size: number): StreamEvent[] {
  const parser = new EventParser();
  const found: StreamEvent[] = [];
  for (let at = 0; at < whole.length; at += size) found.push(...parser.push(whole.slice(at, at + size)));
  return found;
}

describe("EventParser", () => {
  const text =
    'id: 1\nevent: text.delta\ndata: {"text":"Grüße 🙂 漢字"}\n\n: ping\n\nid: 2\r\ndata: {"a":1}\r\n\r\ndata: 3\r\rid: 4\ndata: {';

  it.each([1, 2, 3, 5, 7, 11, 1000])("finds the same events in pieces of %i bytes", (size) => {
    expect(parse(bytes(text), size)).toEqual([
      { id: "1", event: "text.delta", data: { text: "Grüße 🙂 漢字" } },
      { id: "2", event: "message", data: { a: 1 } },
      { id: "2", event: "message", data: 3 },
    ]);
  });

  it("joins the lines of one event's data and passes over a byte order mark", () => {
    expect(parse(bytes('\uFEFFdata: {"a":\ndata: 1}\n\n'), 4)).toEqual([{ id: "", event: "message", data: { a: 1 } }]);
  });
});

function stream(text: string, breaks = false): Response {
  const pieces = [...bytes(text)].map((byte) => Uint8Array.of(byte));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else if (breaks) controller.error(new TypeError("network"));
      else controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

const event = (number: number) => `id: ${number}\nevent: text.delta\ndata: {"n":${number}}\n\n`;

describe("readEvents", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("takes up a broken stream where it was, and gives nothing twice", async () => {
    const asked: (string | null)[] = [];
    const answers = [stream(event(1) + event(2), true), stream(event(2) + event(3)), stream(event(4))];
    vi.stubGlobal("fetch", async (request: Request) => {
      asked.push(request.headers.get("Last-Event-ID"));
      return answers.shift() ?? new Response(null, { status: 503 });
    });
    const numbers: unknown[] = [];
    const stands: boolean[] = [];

    await readEvents("http://hub/api/runs/1/events", {
      signal: new AbortController().signal,
      pauses: [0],
      onEvent: ({ id }) => numbers.push(id),
      onConnection: (yes) => stands.push(yes),
      isLast: ({ id }) => id === "4",
    });

    expect(numbers).toEqual(["1", "2", "3", "4"]);
    expect(asked).toEqual([null, "2", "3"]);
    expect(stands).toEqual([false, true, false, true]);
  });

  it("rejects with what the server refuses, and does not ask again", async () => {
    const fetch = vi.fn(async () =>
      Response.json({ detail: "There is no such run.", type: "urn:x:not-found" }, { status: 404 }),
    );
    vi.stubGlobal("fetch", fetch);

    const reading = readEvents("http://hub/x", { signal: new AbortController().signal, onEvent: () => {} });

    await expect(reading).rejects.toThrow("There is no such run.");
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("ends quietly when nobody waits any longer", async () => {
    const stop = new AbortController();
    vi.stubGlobal("fetch", async () => new Response(null, { status: 503 }));

    const reading = readEvents("http://hub/x", { signal: stop.signal, pauses: [60_000], onEvent: () => {} });
    setTimeout(() => stop.abort(), 10);

    await expect(reading).resolves.toBeUndefined();
  });
});
