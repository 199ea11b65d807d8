"use client";

import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { flatten, patch } from "./pages";
import { keys } from "./queries";
import type { KnowledgeDocument, Page, Progress } from "./types";

interface Changes {
  documents: KnowledgeDocument[];
  removed?: string[];
  progress: Progress;
}

type Pages = InfiniteData<Page<KnowledgeDocument>>;

/** New rows are asked for no more often than this, in milliseconds: a folder of thousands arrives one by one. */
const CALM = 1_500;

/** When nothing is heard for so long, as behind a proxy that holds streams back, the page asks instead. */
const SILENCE = 5_000;

/** Keeps the documents of a knowledge base on the page as they are on the server, while the page is open. */
export function useChanges(knowledgeBaseId: string, enabled: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    const asking = new Calm(() => {
      void client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) });
    });
    let heard = false;
    const silence = setInterval(() => {
      if (heard || document.hidden) return;
      void client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) });
      void client.invalidateQueries({ queryKey: keys.progress(knowledgeBaseId) });
    }, SILENCE);
    const options: Parameters<typeof import("@/lib/stream/events").readEvents>[1] = {
      signal: stop.signal,
      onConnection: (stands) => {
        if (!stands) heard = false;
      },
      onEvent: ({ event, data }) => {
        // What changed between reading the list and listening, no event tells.
        if (!heard) asking.soon();
        heard = true;
        if (event === "documents.changed" && take(client, knowledgeBaseId, data as Changes)) asking.soon();
      },
    };
    // Loaded when the page is there already: what it shows first does not need it.
    const reading = import("@/lib/stream/events").then(({ readEvents }) =>
      readEvents(`/api/knowledge-bases/${knowledgeBaseId}/changes`, options),
    );
    reading.catch(() => {
      // Ended by the server, as when the right to read was taken away: the page asks again and says so.
      if (!stop.signal.aborted) void client.invalidateQueries({ queryKey: keys.knowledgeBase(knowledgeBaseId) });
    });
    return () => {
      stop.abort();
      clearInterval(silence);
      asking.stop();
    };
  }, [client, knowledgeBaseId, enabled]);
}

/** Puts what has changed in its place. True when there is something that no list has yet. */
export function take(client: QueryClient, knowledgeBaseId: string, changes: Changes): boolean {
  const removed = changes.removed ?? [];
  let unknown = false;
  client.setQueryData(keys.progress(knowledgeBaseId), changes.progress);
  for (const [key, data] of client.getQueriesData<Pages>({ queryKey: keys.documents(knowledgeBaseId) })) {
    if (!data) continue;
    const shown = new Set(flatten(data).map((document) => document.id));
    if (changes.documents.some((document) => !shown.has(document.id))) unknown = true;
    client.setQueryData<Pages>(key, patch(data, changes.documents, removed));
  }
  return unknown;
}

/** Does something at once, and then at most once in a while. */
class Calm {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private wanted = false;

  constructor(private readonly work: () => void) {}

  soon(): void {
    this.wanted = true;
    if (!this.timer) this.run();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  private run(): void {
    this.timer = null;
    if (!this.wanted) return;
    this.wanted = false;
    this.work();
    this.timer = setTimeout(() => this.run(), CALM);
  }
}
