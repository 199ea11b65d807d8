"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Ghost } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import { messages } from "./messages";
import { keepConversation, useKeeping } from "./queries";

interface TemporarySwitchProps {
  on: boolean;
  onChange: (on: boolean) => void;
}

/** Before the first word: whether the chat that begins shall be temporary, and what that means. */
export function TemporarySwitch({ on, onChange }: TemporarySwitchProps) {
  const t = useMessages(messages);
  const hours = useKeeping().data?.temporary_hours ?? 24;
  return (
    <div className="mx-auto mt-4 max-w-md text-center">
      <button
        type="button"
        aria-pressed={on}
        onClick={() => onChange(!on)}
        className={cn(
          "inline-flex items-center gap-2 rounded-full border px-3.5 py-1.5 text-sm transition-colors",
          on ? "border-accent bg-accent-soft font-medium text-accent" : "border-line text-muted hover:bg-sunken",
        )}
      >
        <Ghost aria-hidden className="size-4" />
        {t("temporary")}
      </button>
      {on && <p className="mt-3 text-muted text-sm">{t("temporaryHint", { hours: Math.round(hours) })}</p>}
    </div>
  );
}

/** In a temporary chat: that it is one, and the way to keep it. */
export function TemporaryBanner({ conversationId }: { conversationId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const hours = useKeeping().data?.temporary_hours ?? 24;

  const keep = async () => {
    setBusy(true);
    try {
      await keepConversation(conversationId);
      toast({ title: t("kept"), tone: "success" });
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
    }
    const queryKeys = [keys.conversations, keys.conversation(conversationId)];
    await Promise.all(queryKeys.map((queryKey) => client.invalidateQueries({ queryKey })));
    setBusy(false);
  };
  return (
    <div className="mb-6 flex flex-wrap items-center gap-3 rounded-lg border border-line border-dashed px-4 py-2.5 text-sm">
      <Ghost aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1">{t("temporaryNow", { hours: Math.round(hours) })}</span>
      <Button size="sm" variant="secondary" busy={busy} onClick={() => void keep()}>
        {t("keep")}
      </Button>
    </div>
  );
}
