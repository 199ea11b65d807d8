"use client";

import { Spinner } from "@/components/ui/spinner";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { LiveRun } from "./reducer";
import { currentStep, subjectOf, toolOf } from "./steps";

/** What is going on, in one quiet line that is also said aloud. */
export function StatusLine({ run }: { run: LiveRun }) {
  const t = useMessages(messages);
  if (run.state !== "running") return null;
  return (
    <p role="status" className="flex min-h-6 items-center gap-2 text-muted text-sm">
      <Spinner />
      {describe(run, t)}
    </p>
  );
}

function describe(run: LiveRun, t: ReturnType<typeof useMessages<keyof typeof messages.en>>): string {
  if (!run.connected) return t("reconnecting");
  const step = currentStep(run.steps);
  if (step?.approval === "requested") return t("waitingForYou");
  if (step?.name === "search_knowledge") return t("searchingFor", { query: subjectOf(step) });
  if (step?.name === "read_document") return t("readingOn");
  if (step?.covered) {
    const [looked = 0, whole = 0] = step.covered;
    return t("readingAll", { looked, whole });
  }
  if (step) return t("usingTool", { name: toolOf(step) });
  if (run.text) return t("writing");
  if (run.research) return t("researching");
  if (!run.searched) return t("searching");
  const read = t("readPassages", { passages: run.searched.passages, bases: run.searched.knowledgeBases });
  return run.searched.hints ? `${read} ${t("preferring", { words: run.searched.hints.join(", ") })}` : read;
}
