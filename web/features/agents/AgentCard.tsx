"use client";

import { Bot, MessageSquare } from "lucide-react";
import Link from "next/link";

import { Badge } from "@/components/ui/badge";
import { buttonClass } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Agent } from "./queries";

export function AgentCard({ agent }: { agent: Agent }) {
  const t = useMessages(messages);
  const shelves = agent.knowledge_bases;
  const right = agent.level === "manage" ? t("mayManage") : agent.level === "read" ? t("mayUse") : t("governs");
  return (
    <article className="group relative flex h-full flex-col rounded-xl border border-line bg-raised p-5 transition-colors focus-within:border-accent hover:border-line-strong">
      <div className="flex items-start gap-3">
        <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent">
          <Bot aria-hidden className="size-5" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-base leading-snug [overflow-wrap:anywhere]">
            <Link
              href={`/agents/agent/?id=${agent.id}`}
              className="outline-none after:absolute after:inset-0 after:rounded-xl focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:outline-offset-2"
            >
              {agent.name}
            </Link>
          </h2>
          <p className="text-muted text-xs">
            {[right, agent.created_by_name && t("by", { name: agent.created_by_name })].filter(Boolean).join(" · ")}
          </p>
        </div>
        {!agent.enabled && <Badge>{t("off")}</Badge>}
      </div>
      {agent.description && (
        <p className="mt-3 line-clamp-3 text-muted text-sm [overflow-wrap:anywhere]">{agent.description}</p>
      )}
      <div className="mt-auto flex items-end justify-between gap-3 pt-5">
        <p className="line-clamp-2 min-w-0 text-muted text-xs [overflow-wrap:anywhere]">
          {shelves ? shelves.map((one) => one.name).join(", ") : t("everywhere")}
        </p>
        {agent.level && agent.enabled && (
          <Link
            href={`/chat/?agent=${agent.id}`}
            aria-label={t("askNamed", { name: agent.name })}
            className={`${buttonClass("secondary", "sm")} relative shrink-0`}
          >
            <MessageSquare aria-hidden className="size-4" />
            {t("ask")}
          </Link>
        )}
      </div>
    </article>
  );
}
