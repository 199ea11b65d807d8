"use client";

import { Bot } from "lucide-react";
import dynamic from "next/dynamic";

import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Agent, useUsableAgents } from "./queries";

const AgentList = dynamic(() => import("./AgentList").then((found) => found.AgentList), { ssr: false });

interface AgentChipProps {
  chosen: Agent | null;
  onChoose: (agentId: string | null) => void;
}

/** Who answers a new chat; not shown to whoever has no agent. */
export function AgentChip({ chosen, onChoose }: AgentChipProps) {
  const t = useMessages(messages);
  const usable = useUsableAgents();
  if (!chosen && !usable.data?.length) return null;
  const name = chosen?.name ?? t("none");
  return (
    <Popover>
      <PopoverTrigger>
        <button
          type="button"
          aria-label={`${t("choose")}: ${name}`}
          className="flex h-8 max-w-60 items-center gap-1.5 rounded-full border border-line px-3 text-muted text-sm hover:bg-sunken"
        >
          <Bot aria-hidden className="size-4 shrink-0" />
          <span className="truncate">{name}</span>
        </button>
      </PopoverTrigger>
      <PopoverContent label={t("choose")} side="top" align="start">
        <AgentList chosen={chosen?.id ?? null} onChoose={onChoose} />
      </PopoverContent>
    </Popover>
  );
}
