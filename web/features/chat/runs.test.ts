import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { accept, useSession } from "@/lib/session";

import { afterSignIn } from "./afterSignIn";
import { followRun, useRuns } from "./runs";

const event = (id: number, kind: string, data: unknown) =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
const sse = (text: string) => new Response(text, { headers: { "Content-Type": "text/event-stream" } });
const refused = () => Response.json({ detail: "Sign in.", status: 401 }, { status: 401 });

/** As a browser's, which knows the page that a path stands on. */
class PageRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, location.origin) : input, init);
  }
}

beforeEach(() => {
  vi.stubGlobal("Request", PageRequest);
  accept({ access_token: "t" });
});
afterEach(() => {
  vi.unstubAllGlobals();
  useRuns.setState({ live: {} });
});

describe("a sign-in that ends", () => {
  it("holds an answer up, which goes on where it was after the next one", async () => {
    const asked: (string | null)[] = [];
    const answers = [
      () => sse(event(1, "text.delta", { text: "It " })),
      refused,
      () => sse(event(2, "text.delta", { text: "is." }) + event(3, "run.succeeded", { message_id: null })),
    ];
    vi.stubGlobal("fetch", async (input: Request | string) => {
      if (typeof input === "string") return refused();
      asked.push(input.headers.get("Last-Event-ID"));
      return answers.shift()?.() ?? new Response(null, { status: 500 });
    });

    followRun(new QueryClient(), "r", "c", "q");
    followRun(new QueryClient(), "r", "c", "q");
    await vi.waitFor(() => expect(useSession.getState().state).toBe("expired"), 3_000);
    expect(useRuns.getState().live.r).toMatchObject({ state: "running", text: "It ", connected: false });

    accept({ access_token: "new" });
    await vi.waitFor(() => expect(useRuns.getState().live.r?.state).toBe("succeeded"));
    expect(useRuns.getState().live.r?.text).toBe("It is.");
    expect(asked).toEqual([null, "1", "1"]);
  });

  it("is told where nobody is asked for it, and so is any other refusal", async () => {
    vi.stubGlobal("fetch", async (input: Request | string) =>
      typeof input === "string" ? refused() : Response.json({ detail: "No such run." }, { status: 404 }),
    );
    followRun(new QueryClient(), "gone", "c", "q");
    await vi.waitFor(() =>
      expect(useRuns.getState().live.gone).toMatchObject({ state: "failed", failure: { detail: "No such run." } }),
    );
  });

  it("ends what waited when somebody signs out instead", async () => {
    const { Problem } = await import("@/lib/api/problem");
    useSession.setState({ state: "expired" });
    const waiting = afterSignIn(() => Promise.reject(new Problem(401, "", "Sign in.")));
    useSession.setState({ state: "signed-out" });
    await expect(waiting).rejects.toThrow("Sign in.");
  });
});
