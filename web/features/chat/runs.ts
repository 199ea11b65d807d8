import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";

import { Problem } from "@/lib/api/problem";
import { readEvents } from "@/lib/stream/events";

import { afterSignIn } from "./afterSignIn";
import { keys } from "./queries";
import { apply, begin, LAST, type LiveRun } from "./reducer";

interface Runs {
  /** By id. A finished one stays until its message has been loaded. */
  live: Readonly<Record<string, LiveRun>>;
}

/** Answers under way in this tab; they go on while one looks at another conversation. */
export const useRuns = create<Runs>(() => ({ live: {} }));

const following = new Set<string>();

function update(id: string, change: (run: LiveRun) => LiveRun): void {
  useRuns.setState(({ live }) => {
    const run = live[id];
    return run ? { live: { ...live, [id]: change(run) } } : {};
  });
}

export function forgetRun(id: string): void {
  useRuns.setState(({ live }) => {
    const { [id]: _, ...rest } = live;
    return { live: rest };
  });
}

/** Shows a run as it goes on, from its first event: after asking, after a reload, in a second tab. */
export function followRun(client: QueryClient, id: string, conversationId: string, questionId: string): void {
  if (following.has(id)) return;
  following.add(id);
  useRuns.setState(({ live }) => ({ live: { ...live, [id]: begin(id, conversationId, questionId) } }));
  const stop = new AbortController();
  let last = "";
  const read = () =>
    readEvents(`/api/runs/${id}/events`, {
      signal: stop.signal,
      lastEventId: last,
      onEvent: (event) => {
        last = event.id || last;
        update(id, (run) => ({ ...apply(run, event), connected: true }));
        if (event.event === "conversation.titled") void client.invalidateQueries({ queryKey: keys.conversations });
      },
      onConnection: (connected) => update(id, (run) => ({ ...run, connected })),
      isLast: ({ event }) => LAST.has(event),
    });
  void afterSignIn(read)
    .catch((error: unknown) => {
      const detail = error instanceof Problem ? error.message : "";
      update(id, (run) => ({ ...run, state: "failed", failure: { code: "lost", detail } }));
    })
    .finally(async () => {
      following.delete(id);
      void client.invalidateQueries({ queryKey: keys.research(conversationId) });
      await client.invalidateQueries({ queryKey: keys.messages(conversationId) });
      void client.invalidateQueries({ queryKey: keys.conversations });
      // With its message loaded, the list shows it from the server's rows.
      if (useRuns.getState().live[id]?.messageId) forgetRun(id);
    });
}
