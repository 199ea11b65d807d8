import type { QueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { giveFeedback, keys, takeFeedbackBack } from "../queries";
import type { Feedback, Message } from "../types";

/** Requests of one answer: one after the other, so that the last press is what the server keeps. */
interface Line {
  /** How many wait or are under way. */
  length: number;
  newest: number;
  last: Promise<unknown>;
  /** What the server is known to have. */
  stored: Feedback | null;
}

/**
 * Returns what shows a person's opinion of an answer at once and stores it. When the server refuses, it throws Problem
 * and what is stored is shown again.
 */
export function useStoredFeedback(client: QueryClient, conversationId: string, message: Message) {
  const line = useRef<Line>({ length: 0, newest: 0, last: Promise.resolve(), stored: null }).current;
  const queryKey = keys.messages(conversationId);

  const show = async (feedback: Feedback | null) => {
    // A list that was asked for earlier would bring the former opinion back.
    await client.cancelQueries({ queryKey });
    client.setQueryData<Message[]>(queryKey, (all) =>
      all?.map((one) => (one.id === message.id ? { ...one, feedback } : one)),
    );
  };

  return async (next: Feedback | null): Promise<void> => {
    if (line.length === 0) line.stored = message.feedback ?? null;
    line.length += 1;
    line.newest += 1;
    const number = line.newest;
    const before = line.last;
    const request = (async () => {
      await show(next);
      await before;
      await (next ? giveFeedback(message.id, next) : takeFeedbackBack(message.id));
      line.stored = next;
    })();
    line.last = request.catch(() => undefined);
    try {
      await request;
    } catch (problem) {
      if (number === line.newest) await show(line.stored);
      throw problem;
    } finally {
      line.length -= 1;
      if (number === line.newest) void client.invalidateQueries({ queryKey });
    }
  };
}
