"use client";

import { ShieldQuestion } from "lucide-react";
import { useId, useLayoutEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { decideApproval } from "./queries";
import { subjectOf, toolOf } from "./steps";
import type { Step } from "./types";

const OWN = { search_web: "approveSearchTitle", read_web_page: "approvePageTitle" } as const;

/** Something that only the person who asked can allow; it shows exactly what would be sent. */
export function ApprovalCard({ runId, step }: { runId: string; step: Step }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const title = useId();
  const card = useRef<HTMLElement>(null);
  const [isSending, setSending] = useState<boolean | null>(null);

  useLayoutEffect(() => {
    const shown = card.current;
    // The card goes away, and the focus must not go with it: the answer goes on where it stood.
    return () => {
      if (shown?.contains(document.activeElement)) shown.closest("li")?.focus({ preventScroll: true });
    };
  }, []);

  const ownTitle = step.source ? undefined : OWN[step.name as keyof typeof OWN];

  const decide = async (allow: boolean) => {
    if (isSending !== null) return;
    setSending(allow);
    try {
      await decideApproval(runId, step.id, allow);
    } catch (problem) {
      setSending(null);
      toast({ title: t("notDecided"), description: say(problem), tone: "danger" });
    }
  };

  return (
    <section ref={card} aria-labelledby={title} className="my-3 rounded-xl border border-line bg-raised p-4 text-sm">
      <h3 id={title} className="flex items-center gap-2 font-medium">
        <ShieldQuestion aria-hidden className="size-4 shrink-0" />
        {ownTitle ? t(ownTitle) : t("approvalTitle", { name: toolOf(step) })}
      </h3>
      <p className="mt-1 text-muted">
        {ownTitle ? t("approveWebHint") : t("approvalHint", { source: step.source || step.name })}
      </p>
      <pre className="mt-3 max-h-60 overflow-auto whitespace-pre-wrap break-words rounded-lg bg-sunken p-3 text-xs">
        {ownTitle ? subjectOf(step) : JSON.stringify(step.arguments, null, 2)}
      </pre>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" busy={isSending === true} onClick={() => void decide(true)}>
          {t("allow")}
        </Button>
        <Button size="sm" variant="secondary" busy={isSending === false} onClick={() => void decide(false)}>
          {t("doNotAllow")}
        </Button>
      </div>
    </section>
  );
}
