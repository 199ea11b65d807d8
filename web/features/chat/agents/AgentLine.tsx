"use client";

import { Bot } from "lucide-react";
import Link from "next/link";

import { buttonClass } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";

import type { Conversation } from "../types";
import { messages } from "./messages";

/** Above a conversation: who answers in it, or that they do no more. */
export function AgentLine({ conversation }: { conversation: Conversation }) {
  const t = useMessages(messages);
  if (!conversation.agent_id) return null;
  if (conversation.agent_name)
    return (
      <p className="mb-6 flex items-center justify-center gap-1.5 text-muted text-sm">
        <Bot aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 truncate">{t("answers", { name: conversation.agent_name })}</span>
      </p>
    );
  return (
    <div className="mb-6 flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-sunken p-4">
      <p className="min-w-0 flex-1 basis-64 text-sm">{t("gone")}</p>
      <Link href="/chat/" className={buttonClass("secondary", "sm")}>
        {t("newChat")}
      </Link>
    </div>
  );
}

/** The address names an agent that one may not ask. */
export function AgentMissing() {
  const t = useMessages(messages);
  return (
    <p role="alert" className="rounded-xl border border-line bg-sunken p-4 text-sm">
      {t("missing")}
    </p>
  );
}
