import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { MessageList } from "./MessageList";
import { begin, type LiveRun } from "./reducer";
import type { Citation, Message } from "./types";

vi.mock("./queries", async (original) => ({
  ...(await original<typeof import("./queries")>()),
  useFollowUps: () => ({ data: [] }),
}));
afterEach(cleanup);

const SOURCE = { number: 1, available: true, document_id: "d", document_name: "manual.pdf" } as Citation;

const message = (more: Partial<Message>): Message => ({
  id: "question",
  parent_id: null,
  role: "user",
  text: "When?",
  created_at: "2026-01-01T00:00:00Z",
  run: null,
  open_run: null,
  citations: [],
  feedback: null,
  ...more,
});

test("whoever stands on a source when the answer is stored still stands there", () => {
  const run: LiveRun = {
    ...begin("run", "c", "question"),
    state: "succeeded",
    text: "After 6000 hours [1].",
    citations: [SOURCE],
    kind: "generated",
    messageId: "answer",
  };
  const stored = message({
    id: "answer",
    parent_id: "question",
    role: "assistant",
    text: run.text,
    citations: [{ ...SOURCE }],
    run: { id: "run", kind: "generated", state: "succeeded" } as Message["run"],
  });
  const client = new QueryClient();
  const at = (all: Message[]) => (
    <QueryClientProvider client={client}>
      <MessageList conversationId="c" messages={all} live={[run]} onEdit={async () => true} onAsk={() => undefined} />
    </QueryClientProvider>
  );
  const { rerender } = render(at([message({})]));
  for (const name of ["Source 1: manual.pdf", /^1/]) {
    const source = screen.getByRole("button", { name });
    source.focus();
    rerender(at([message({}), stored]));
    expect(document.activeElement).toBe(source);
    expect(screen.getAllByRole("article", { name: "Answer" })).toHaveLength(1);
    rerender(at([message({})]));
  }
});
