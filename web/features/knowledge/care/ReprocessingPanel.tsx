"use client";

import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { Progress } from "@/components/ui/progress";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import { type Reprocessing, useChangeReprocessing, useFailures } from "./queries";

const TONES: Record<Reprocessing["state"], Tone> = {
  running: "accent",
  paused: "warning",
  succeeded: "success",
  cancelled: "neutral",
};

/** How far processing again has come, and what can be done about it. */
export function ReprocessingPanel({ knowledgeBaseId, run }: { knowledgeBaseId: string; run: Reprocessing }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const say = useProblemText();
  const change = useChangeReprocessing(knowledgeBaseId);
  const failures = useFailures(knowledgeBaseId, run.failed);
  const ended = run.done + run.failed + run.skipped;
  const open = run.state === "running" || run.state === "paused";
  const ago = formats.ago(run.created_at);

  function act(what: "pause" | "resume" | "cancel") {
    change.mutate(what, { onError: (problem) => toast({ title: say(problem), tone: "danger" }) });
  }

  return (
    <section aria-labelledby="care-progress" className="rounded-xl border border-line bg-raised p-5">
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <h2 id="care-progress" className="font-semibold">
          {t("progress")}
        </h2>
        <Badge tone={TONES[run.state]}>{t(run.state)}</Badge>
        <p className="ml-auto text-muted text-sm">
          {run.created_by ? t("begun", { ago, name: run.created_by }) : t("begunAlone", { ago })}
        </p>
      </div>
      <Progress label={t("progress")} value={run.documents ? ended / run.documents : 1} className="h-2" />
      <p className="mt-2 text-sm tabular-nums" role="status">
        {t("progressCount", { done: formats.number(ended), all: formats.number(run.documents) })}
        {run.skipped > 0 && ` · ${t("skipped", { count: run.skipped })}`}
      </p>
      {run.failed > 0 && (
        <div className="mt-3">
          <p className="text-danger text-sm">{t("failures", { count: run.failed })}</p>
          <ul className="mt-1 max-h-56 overflow-y-auto text-sm">
            {(failures.data?.items ?? []).map((failure) => (
              <li key={failure.document_id} className="py-1">
                <span className="font-medium [overflow-wrap:anywhere]">{failure.path}</span>{" "}
                <span className="text-muted">{failure.reason}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {open && (
        <div className="mt-4 flex gap-2">
          {run.state === "running" ? (
            <Button size="sm" variant="secondary" onClick={() => act("pause")}>
              {t("pause")}
            </Button>
          ) : (
            <Button size="sm" onClick={() => act("resume")}>
              {t("resume")}
            </Button>
          )}
          <Button size="sm" variant="ghost" onClick={() => act("cancel")}>
            {t("cancel")}
          </Button>
        </div>
      )}
    </section>
  );
}
