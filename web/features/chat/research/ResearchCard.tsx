"use client";

import type { LiveRun } from "../reducer";
import type { Step } from "../types";
import { PlanCard } from "./PlanCard";
import { ProgressCard } from "./ProgressCard";
import type { Research } from "./queries";

interface ResearchCardProps {
  research: Research;
  /** Its run, while this tab follows it. */
  live: LiveRun | undefined;
  /** The searches of its newest answer. */
  steps: readonly Step[];
}

/** Below a question that became a research: the plan to start, then how far it has come. */
export function ResearchCard({ research, live, steps }: ResearchCardProps) {
  if (research.state === "planned" && !live) return <PlanCard research={research} />;
  const isRunning = live ? live.state === "running" : research.state === "running";
  const ended = live?.state === "succeeded" || research.state === "finished" ? "finished" : "stopped";
  return (
    <ProgressCard
      research={research}
      state={isRunning ? "running" : ended}
      parts={live?.research ?? research.plan}
      steps={live ? stepsOf(live, steps) : steps}
    />
  );
}

/** Those of the run that is followed, after those that the runs before it have made for other parts. */
function stepsOf(live: LiveRun, before: readonly Step[]): readonly Step[] {
  const parts = new Set(live.steps.map((step) => step.part));
  return [...before.filter((step) => !parts.has(step.part)), ...live.steps];
}
