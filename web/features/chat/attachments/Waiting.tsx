"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type AttachedFile, answerNow, filesKey } from "./queries";

interface WaitingProps {
  runId: string;
  conversationId: string;
  /** Ids of the files that are being read. */
  pending: readonly string[];
}

/** An answer that waits for files, and the way to have it at once. */
export function Waiting({ runId, conversationId, pending }: WaitingProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [hurried, setHurried] = useState(false);
  const files = useQueryClient().getQueryData<AttachedFile[]>(filesKey(conversationId));
  const name = files?.find((file) => file.id === pending[0])?.name;
  const text = pending.length === 1 && name ? t("waitingOne", { name }) : t("waitingMany", { count: pending.length });
  const hurry = async () => {
    setHurried(true);
    // The button goes away, and the focus must not go with it.
    document.getElementById("composer")?.focus();
    try {
      await answerNow(runId);
    } catch (problem) {
      setHurried(false);
      toast({ title: t("notHurried"), description: say(problem), tone: "danger" });
    }
  };
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
      <p role="status" className="flex min-w-0 items-center gap-2">
        <Spinner className="shrink-0" />
        <span className="min-w-0 break-words">{text}</span>
      </p>
      <Button size="sm" variant="secondary" busy={hurried} onClick={hurry}>
        {t("answerNow")}
      </Button>
    </div>
  );
}
