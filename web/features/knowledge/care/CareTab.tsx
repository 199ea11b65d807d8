"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { keys, useDocumentCount } from "../queries";
import { messages } from "./messages";
import { isOpen, useCare, useReprocess, useReprocessing } from "./queries";
import { ReprocessingPanel } from "./ReprocessingPanel";
import { StaleList } from "./StaleList";

/** What wants looking after in a knowledge base, and how far processing again has come. */
export function CareTab({ knowledgeBaseId }: { knowledgeBaseId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const care = useCare(knowledgeBaseId);
  const run = useReprocessing(knowledgeBaseId);
  const begin = useReprocess(knowledgeBaseId);
  const count = useDocumentCount(knowledgeBaseId);
  const [asking, setAsking] = useState(false);
  const open = isOpen(run.data);
  const wasOpen = useRef(open);

  useEffect(() => {
    // What was out of date a moment ago may not be so now.
    if (wasOpen.current && !open) void client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) });
    wasOpen.current = open;
  }, [open, client, knowledgeBaseId]);

  function start(which: "stale" | "failed") {
    begin.mutate(which, { onError: (problem) => toast({ title: say(problem), tone: "danger" }) });
  }

  if (care.isPending) {
    return (
      <div role="status" aria-label={t("loading")}>
        <Skeleton className="h-40 rounded-xl" />
      </div>
    );
  }
  if (care.isError) return <ErrorState problem={care.error} onRetry={() => void care.refetch()} />;
  const { failed, stale } = care.data;
  const busy = open || begin.isPending || run.data?.state === "paused";

  return (
    <div className="flex max-w-3xl flex-col gap-8">
      {run.data && <ReprocessingPanel knowledgeBaseId={knowledgeBaseId} run={run.data} />}
      <Section id="care-failed" title={t("failed")}>
        <p className="text-muted text-sm">{failed ? t("failedText", { count: failed }) : t("failedNone")}</p>
        {failed > 0 && (
          <div className="mt-3 flex flex-wrap gap-3">
            <Button size="sm" variant="secondary" disabled={busy} onClick={() => start("failed")}>
              {t("retryFailed")}
            </Button>
            <Link
              href={`/knowledge/base/?id=${knowledgeBaseId}&tab=documents&state=failed`}
              className="inline-flex min-h-8 items-center text-accent text-sm hover:underline"
            >
              {t("showFailed")}
            </Link>
          </div>
        )}
      </Section>
      <Section id="care-stale" title={t("stale")}>
        <p className="text-muted text-sm">{stale ? t("staleText", { count: stale }) : t("staleNone")}</p>
        {stale > 0 && (
          <>
            <Button size="sm" variant="secondary" className="mt-3" disabled={busy} onClick={() => start("stale")}>
              {t("processStale")}
            </Button>
            <StaleList knowledgeBaseId={knowledgeBaseId} />
          </>
        )}
      </Section>
      {count > 0 && (
        <Section id="care-all" title={t("all")}>
          <p className="text-muted text-sm">{t("allText")}</p>
          <Button size="sm" variant="secondary" className="mt-3" disabled={busy} onClick={() => setAsking(true)}>
            {t("processAll")}
          </Button>
        </Section>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("askTitle")}
        description={t("allText")}
        confirm={t("processAll")}
        onConfirm={() => begin.mutateAsync("all")}
      />
    </div>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="rounded-xl border border-line bg-raised p-5">
      <h2 id={id} className="mb-1 font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}
