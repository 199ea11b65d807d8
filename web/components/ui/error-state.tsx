"use client";

import { CircleAlert, CloudOff, RotateCw } from "lucide-react";

import { Problem } from "@/lib/api/problem";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { Button } from "./button";
import { messages } from "./messages";
import { useProblemText } from "./problem-text";

interface ErrorStateProps {
  problem: unknown;
  onRetry?: () => void;
  className?: string;
}

/** Something could not be loaded: what happened, and what to do. */
export function ErrorState({ problem, onRetry, className }: ErrorStateProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const known = problem instanceof Problem ? problem : null;
  const Drawing = known?.isOffline ? CloudOff : CircleAlert;
  const lasting = known?.status === 404 || known?.status === 403;
  return (
    <div role="alert" className={cn("mx-auto flex max-w-md flex-col items-center px-6 py-14 text-center", className)}>
      <span className="mb-4 grid size-12 place-items-center rounded-2xl bg-danger-soft text-danger">
        <Drawing aria-hidden className="size-6" />
      </span>
      <h2 className="font-semibold text-lg">{t(titleOf(known))}</h2>
      <p className="mt-1.5 text-pretty text-muted">{say(problem)}</p>
      {known?.requestId && known.status >= 500 && (
        <p className="mt-1 text-muted text-sm">{t("reference", { id: known.requestId })}</p>
      )}
      {onRetry && !lasting && (
        <Button variant="secondary" className="mt-6" onClick={onRetry}>
          <RotateCw aria-hidden className="size-4" />
          {t("retry")}
        </Button>
      )}
    </div>
  );
}

function titleOf(problem: Problem | null) {
  if (problem?.isOffline) return "offlineTitle";
  if (problem?.status === 404) return "notFoundTitle";
  return problem?.status === 403 ? "forbiddenTitle" : "failedTitle";
}
