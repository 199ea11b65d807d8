"use client";

import { useEffect } from "react";

import type { Arriving, Upload } from "@/lib/upload/model";
import { arriving } from "@/lib/upload/queue";

/** As many as one connection follows. */
const MOST = 8;

/** It is searchable, or will not be. */
export function isThere(document: Arriving | null | undefined): boolean {
  return !document || document.state === "ready" || document.state === "failed";
}

/** Follows what has been sent until it is searchable, by one connection for all of it. */
export function useArrivals(uploads: readonly Upload[]): void {
  const since = new Map<string, Arriving>();
  for (const { knowledgeBaseId, stored } of uploads) {
    const document = stored?.document;
    if (!document || isThere(document)) continue;
    const first = since.get(knowledgeBaseId);
    if (!first || document.updated_at < first.updated_at) since.set(knowledgeBaseId, document);
  }
  // Only which ones matters: where they stood is told once, when following begins.
  const wanted = [...since.keys()].sort().slice(0, MOST).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!wanted) return;
    let stop = () => {};
    let gone = false;
    const watched = wanted.split(" ").map((knowledgeBaseId) => {
      const first = since.get(knowledgeBaseId);
      return { knowledgeBaseId, position: first ? `${first.updated_at}/${first.id}` : "" };
    });
    void import("@/lib/stream/watching").then(({ watchDocuments }) => {
      if (!gone) stop = watchDocuments(watched, (documents) => arriving(documents as Arriving[]));
    });
    return () => {
      gone = true;
      stop();
    };
  }, [wanted]);
}
