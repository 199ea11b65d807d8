"use client";

import { ShieldQuestion } from "lucide-react";
import { useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { decideApproval } from "./queries";
import type { Step } from "./types";

/** Something that only the person who asked can allow; it shows exactly what would be sent. */
export function ApprovalCard({ runId, step }: { runId: string; step: Step }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const title = useId();
  const [isSending, setSending] = useState(false);

  const decide = async (allow: boolean) => {
    setSending(true);
    try {
      await decideApproval(runId, step.id, allow);
    } catch (problem) {
      setSending(false);
      toast({ title: t("notDecided"), description: say(problem), tone: "danger" });
    }
  };

  return (
    <section aria-labelledby={title} className="my-3 rounded-xl border border-line bg-raised p-4 text-sm">
      <h3 id={title} className="flex items-center gap-2 font-medium">
        <ShieldQuestion aria-hidden className="size-4 shrink-0" />
        {t("approvalTitle", { name: step.name })}
      </h3>
      <p className="mt-1 text-muted">{t("approvalHint", { source: step.source || step.name })}</p>
      <pre className="mt-3 max-h-60 overflow-auto whitespace-pre-wrap break-words rounded-lg bg-ground p-3 text-xs">
        {JSON.stringify(step.arguments, null, 2)}
      </pre>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" disabled={isSending} onClick={() => void decide(true)}>
          {t("allow")}
        </Button>
        <Button size="sm" variant="secondary" disabled={isSending} onClick={() => void decide(false)}>
          {t("doNotAllow")}
        </Button>
      </div>
    </section>
  );
}
