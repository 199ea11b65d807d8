import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { dismissToast, Toaster } from "@/components/ui/toast";
import { Problem } from "@/lib/api/problem";
import { chooseLanguage } from "@/lib/i18n";

import { AnswerActions } from "../AnswerActions";
import { keys } from "../queries";
import type { Feedback, Message } from "../types";

const server = vi.hoisted(() => ({ giveFeedback: vi.fn(), takeFeedbackBack: vi.fn() }));
vi.mock("../queries", async (original) => ({ ...(await original<typeof import("../queries")>()), ...server }));

/** A request that a test answers when it likes. */
interface Pending {
  wanted: Feedback | null;
  succeed: () => Promise<void>;
  refuse: () => Promise<void>;
}

let requests: Pending[];
let stored: Feedback | null;

function answerLater(wanted: Feedback | null): Promise<void> {
  return new Promise((resolve, reject) => {
    requests.push({
      wanted,
      succeed: () =>
        act(async () => {
          stored = wanted;
          resolve();
        }),
      refuse: () => act(async () => reject(new Problem(500, "internal", "It broke."))),
    });
  });
}

function answer(): Message {
  return {
    id: "answer",
    parent_id: "question",
    role: "assistant",
    text: "After 6000 hours.",
    created_at: "2026-01-01T00:00:00Z",
    run: null,
    open_run: null,
    citations: [],
    feedback: stored,
  };
}

function Conversation() {
  const { data = [] } = useQuery({ queryKey: keys.messages("c"), queryFn: async () => [answer()] });
  return data.map((message) => (
    <AnswerActions
      key={message.id}
      conversationId="c"
      shown={{ message, siblings: [message] }}
      onChoose={() => undefined}
      onRegenerate={null}
    />
  ));
}

async function open(feedback: Feedback | null = null) {
  stored = feedback;
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Conversation />
      <Toaster />
    </QueryClientProvider>,
  );
  await screen.findByRole("button", { name: "Good answer" });
}

const thumb = (name: "Good answer" | "Bad answer") => screen.getByRole("button", { name });
const isDown = (name: "Good answer" | "Bad answer") => thumb(name).getAttribute("aria-pressed") === "true";
const words = () => screen.queryByRole<HTMLTextAreaElement>("textbox");
const press = (element: HTMLElement) => act(async () => void fireEvent.click(element));
const type = (text: string) => fireEvent.change(words() as HTMLTextAreaElement, { target: { value: text } });
/** What stays wrong for longer than a moment. */
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));

beforeEach(() => {
  requests = [];
  server.giveFeedback.mockReset().mockImplementation((_id: string, wanted: Feedback) => answerLater(wanted));
  server.takeFeedbackBack.mockReset().mockImplementation(() => answerLater(null));
});
afterEach(() => {
  cleanup();
  act(() => chooseLanguage("en"));
  for (let id = 0; id < 100; id += 1) dismissToast(id);
});

test("a thumb is down at once, is stored, and asks for a few words", async () => {
  await open();
  await press(thumb("Bad answer"));
  await waitFor(() => expect(isDown("Bad answer")).toBe(true));
  expect(isDown("Good answer")).toBe(false);
  expect(server.giveFeedback).toHaveBeenCalledWith("answer", { rating: "down", comment: "" });
  expect(screen.getByLabelText("What was wrong, or missing?")).toBe(document.activeElement);
  await requests[0]?.succeed();
  await settle();
  expect(isDown("Bad answer")).toBe(true);
});

test("the words are sent with the thumb, thanks are said, and the focus goes back to the thumb", async () => {
  await open();
  await press(thumb("Good answer"));
  await requests[0]?.succeed();
  type("  Short. ");
  await press(screen.getByRole("button", { name: "Send" }));
  await requests[1]?.succeed();
  expect(requests[1]?.wanted).toEqual({ rating: "up", comment: "Short." });
  await waitFor(() => expect(words()).toBeNull());
  expect(document.activeElement).toBe(thumb("Good answer"));
  expect(screen.getByText(/Thank you/)).toBeTruthy();
});

test.each(["ctrlKey", "metaKey"])("Enter with %s sends, and only once", async (held) => {
  await open();
  await press(thumb("Bad answer"));
  await requests[0]?.succeed();
  type("Old figure.");
  await act(async () => {
    fireEvent.keyDown(words() as HTMLElement, { key: "Enter", [held]: true });
  });
  await act(async () => {
    fireEvent.keyDown(words() as HTMLElement, { key: "Enter", [held]: true });
  });
  await requests[1]?.succeed();
  await settle();
  expect(requests.map((one) => one.wanted?.comment)).toEqual(["", "Old figure."]);
});

test("pressing it again takes it back", async () => {
  await open({ rating: "up", comment: "Short." });
  expect(isDown("Good answer")).toBe(true);
  expect(words()).toBeNull();
  await press(thumb("Good answer"));
  await waitFor(() => expect(isDown("Good answer")).toBe(false));
  expect(server.takeFeedbackBack).toHaveBeenCalledWith("answer");
  expect(words()).toBeNull();
  await requests[0]?.succeed();
  await settle();
  expect(isDown("Good answer")).toBe(false);
});

test.each(["Skip", "Escape"])("%s leaves the thumb as it is and gives the focus back", async (way) => {
  await open();
  await press(thumb("Bad answer"));
  await requests[0]?.succeed();
  if (way === "Skip") await press(screen.getByRole("button", { name: "Skip" }));
  else fireEvent.keyDown(words() as HTMLElement, { key: "Escape" });
  expect(words()).toBeNull();
  expect(document.activeElement).toBe(thumb("Bad answer"));
  await settle();
  expect(isDown("Bad answer")).toBe(true);
  expect(requests).toHaveLength(1);
});

test("what is pressed quickly is stored in that order, and the last is what stays", async () => {
  await open();
  await press(thumb("Good answer"));
  await waitFor(() => expect(isDown("Good answer")).toBe(true));
  await press(thumb("Bad answer"));
  await waitFor(() => expect(isDown("Bad answer")).toBe(true));
  expect(requests.map((one) => one.wanted?.rating)).toEqual(["up"]);
  await requests[0]?.succeed();
  await settle();
  expect(isDown("Bad answer")).toBe(true);
  expect(requests.map((one) => one.wanted?.rating)).toEqual(["up", "down"]);
  await requests[1]?.succeed();
  await settle();
  expect(isDown("Bad answer")).toBe(true);
});

test("a refused thumb is undone and said, and the focus is not lost", async () => {
  await open({ rating: "up", comment: "" });
  await press(thumb("Bad answer"));
  await waitFor(() => expect(isDown("Bad answer")).toBe(true));
  await requests[0]?.refuse();
  await waitFor(() => expect(isDown("Good answer")).toBe(true));
  expect(isDown("Bad answer")).toBe(false);
  expect(screen.getByRole("alert", { hidden: true }).textContent).toContain("Your rating was not stored.");
  expect(words()).toBeNull();
  expect(document.activeElement).toBe(thumb("Bad answer"));
});

test("words that are being typed outlive a refused thumb, and are sent with it", async () => {
  await open();
  await press(thumb("Bad answer"));
  type("Old figure.");
  await requests[0]?.refuse();
  await settle();
  expect(words()?.value).toBe("Old figure.");
  await press(screen.getByRole("button", { name: "Send" }));
  await requests[1]?.succeed();
  expect(requests[1]?.wanted).toEqual({ rating: "down", comment: "Old figure." });
  await waitFor(() => expect(isDown("Bad answer")).toBe(true));
});

test("refused words stay, with the reason beside them, and can be sent again", async () => {
  await open();
  await press(thumb("Bad answer"));
  await requests[0]?.succeed();
  type("Old figure.");
  await press(screen.getByRole("button", { name: "Send" }));
  await requests[1]?.refuse();
  await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("It broke."));
  expect(words()?.value).toBe("Old figure.");
  expect(isDown("Bad answer")).toBe(true);
  await press(screen.getByRole("button", { name: "Send" }));
  await requests[2]?.succeed();
  await waitFor(() => expect(words()).toBeNull());
});

test("words that were left come back with the next thumb", async () => {
  await open();
  await press(thumb("Bad answer"));
  await requests[0]?.succeed();
  type("Old figure.");
  fireEvent.keyDown(words() as HTMLElement, { key: "Escape" });
  await press(thumb("Good answer"));
  expect(words()?.value).toBe("Old figure.");
});

test("it speaks German", async () => {
  await open();
  act(() => chooseLanguage("de"));
  await press(screen.getByRole("button", { name: "Schlechte Antwort" }));
  expect(screen.getByLabelText("Was war falsch, oder fehlt?")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Überspringen" })).toBeTruthy();
});
