"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ChevronRight, Circle, CircleCheck, CircleDashed, Search, Telescope } from "lucide-react";
import { useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { subjectOf } from "../steps";
import type { ResearchPart, Step } from "../types";
import { messages } from "./messages";
import { leaveFor, type Research, startResearch } from "./queries";

interface ProgressCardProps {
  research: Research;
  state: "running" | "stopped" | "finished";
  parts: readonly ResearchPart[];
  /** The searches, each with the number of its part. */
  steps: readonly Step[];
}

/** How far a research has come: its parts, what was searched for each, and the way on when it stopped. */
export function ProgressCard({ research, state, parts, steps }: ProgressCardProps) {
  const t = useMessages(messages);
  const id = useId();
  const done = parts.filter((part) => part.state === "done").length;
  return (
    <details open={state !== "finished"} className="group/research rounded-xl border border-line bg-raised">
      <summary
        id={id}
        className="flex cursor-pointer list-none items-center gap-2 rounded-xl px-4 py-3 [&::-webkit-details-marker]:hidden"
      >
        <Telescope aria-hidden className="size-4 shrink-0 text-accent" />
        <span className="font-medium">{t(state)}</span>
        <span className="ms-auto text-muted text-sm tabular-nums">{t("progress", { done, total: parts.length })}</span>
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-muted transition-transform group-open/research:rotate-90"
        />
      </summary>
      <ol aria-labelledby={id} className="space-y-3 px-4 pb-4">
        {parts.map((part, at) => (
          <Part
            // biome-ignore lint/suspicious/noArrayIndexKey: its number is what a part is
            key={at}
            part={part}
            isRunning={state === "running" && part.state === "running"}
            steps={steps.filter((step) => step.part === at + 1)}
          />
        ))}
      </ol>
      {state === "stopped" && <GoOn research={research} />}
    </details>
  );
}

function Part({ part, isRunning, steps }: { part: ResearchPart; isRunning: boolean; steps: readonly Step[] }) {
  const t = useMessages(messages);
  const { searches, found } = part;
  const word = part.state === "done" ? "done" : isRunning ? "working" : "waiting";
  return (
    <li className="flex items-start gap-2.5">
      <span className="mt-0.5 flex size-5 shrink-0 items-center justify-center">
        {part.state === "done" ? (
          <CircleCheck aria-hidden className="size-4 text-success" />
        ) : isRunning ? (
          <Spinner />
        ) : part.state === "running" ? (
          <CircleDashed aria-hidden className="size-4 text-muted" />
        ) : (
          <Circle aria-hidden className="size-4 text-muted" />
        )}
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words">
          {part.heading} <span className="sr-only">({t(word)})</span>
        </p>
        {part.question !== part.heading && <p className="break-words text-muted text-sm">{part.question}</p>}
        {part.state === "done" && (
          <p className="text-muted text-sm">{t(found ? "searchedFor" : "nothing", { searches, found })}</p>
        )}
        {steps.length > 0 && (
          <ul className="mt-1.5 space-y-1 border-line border-l pl-3 text-muted text-sm">
            {steps.map((step) => (
              <li key={step.id} className="flex items-start gap-1.5">
                <Search aria-hidden className="mt-0.5 size-3.5 shrink-0" />
                <span className="min-w-0 break-words">
                  {step.withheld ? t("withheld") : subjectOf(step)}
                  {step.found !== null && <span> · {t("found", { count: step.found })}</span>}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function GoOn({ research }: { research: Research }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const goOn = async () => {
    setBusy(true);
    try {
      await startResearch(client, research);
      leaveFor("composer");
    } catch (problem) {
      toast({ title: t("notContinued"), description: say(problem), tone: "danger" });
    }
    setBusy(false);
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-line border-t px-4 py-3">
      <span className="text-muted text-sm">{t("continueHint")}</span>
      <Button size="sm" busy={busy} onClick={() => void goOn()}>
        {t("continue")}
      </Button>
    </div>
  );
}
