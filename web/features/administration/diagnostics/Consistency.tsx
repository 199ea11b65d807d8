"use client";

import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Part } from "../Listing";
import { messages } from "./messages";
import { type IndexCheck, useBeginCheck, useIndexChecks, useRebuild } from "./queries";

/** Whether rows, index and files agree: now and on the days before. */
export function Consistency() {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const query = useIndexChecks();
  const begin = useBeginCheck();
  const rebuild = useRebuild();
  const [asking, setAsking] = useState(false);
  const checks = query.data ?? [];
  const isRunning = checks[0]?.state === "running";
  const [last, ...earlier] = checks.filter((check) => check.state !== "running");
  const problem = query.error ?? begin.error;
  return (
    <Part title={t("consistency")} lead={t("consistencyLead")}>
      <div role="status" className="text-sm">
        {isRunning && (
          <p className="flex items-center gap-2">
            <Spinner />
            {t("comparing")}
          </p>
        )}
        {last ? <Result check={last} /> : !isRunning && query.data && <p>{t("never")}</p>}
      </div>
      {problem && (
        <p role="alert" className="text-danger text-sm">
          {say(problem)}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          variant="secondary"
          busy={begin.isPending}
          disabled={isRunning}
          onClick={() => begin.mutate(undefined)}
        >
          {t("compare")}
        </Button>
        {last?.is_ok === false && (
          <Button size="sm" variant="secondary" onClick={() => setAsking(true)}>
            {t("rebuild")}
          </Button>
        )}
      </div>
      {earlier.length > 0 && (
        <details className="text-sm">
          <summary className="cursor-pointer text-muted">{t("earlier")}</summary>
          <ul className="mt-2 space-y-1">
            {earlier.map((check) => (
              <li key={check.id}>
                {formats.moment(check.begun_at)}: {summary(check, t, formats.number)}
              </li>
            ))}
          </ul>
        </details>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("rebuildTitle")}
        description={t("rebuildText")}
        confirm={t("rebuildConfirm")}
        onConfirm={async () => {
          await rebuild.mutateAsync(undefined);
          toast({ title: t("rebuilt"), tone: "success" });
          begin.mutate(undefined);
        }}
      />
    </Part>
  );
}

type Say = ReturnType<typeof useMessages<keyof typeof messages.en>>;

function summary(check: IndexCheck, t: Say, number: (value: number) => string): string {
  if (check.state === "failed") return t("broke");
  if (check.is_ok) return t("agreed", { documents: number(check.documents) });
  return Object.entries(check.amiss)
    .map(([kind, count]) => t(`amiss.${kind}` as keyof typeof messages.en, { count }))
    .join("; ");
}

function Result({ check }: { check: IndexCheck }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const seconds = check.ended_at && (Date.parse(check.ended_at) - Date.parse(check.begun_at)) / 1000;
  const when = [
    formats.moment(check.begun_at),
    t(check.is_asked ? "asked" : "daily"),
    seconds && check.state === "succeeded" && t("took", { seconds: formats.number(Math.ceil(seconds)) }),
  ];
  return (
    <>
      <p className={check.is_ok ? "font-medium" : "font-medium text-danger"}>{summary(check, t, formats.number)}</p>
      <p className="text-muted">{when.filter(Boolean).join(" · ")}</p>
      {check.is_ok === false && <p className="mt-1">{t("advice")}</p>}
    </>
  );
}
