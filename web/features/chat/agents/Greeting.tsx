"use client";

import { Bot } from "lucide-react";

import { EmptyState } from "@/components/ui/empty-state";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Agent } from "./queries";

interface GreetingProps {
  agent: Agent;
  onAsk: (question: string) => void;
}

/** What a new chat with an agent begins with. */
export function Greeting({ agent, onAsk }: GreetingProps) {
  const t = useMessages(messages);
  return (
    <>
      <EmptyState icon={Bot} title={agent.name} description={agent.description} />
      {agent.starters.length > 0 && (
        <ul aria-label={t("starters")} className="mx-auto mb-6 grid max-w-2xl gap-2 sm:grid-cols-2">
          {agent.starters.map((one) => (
            <li key={one}>
              <button
                type="button"
                className="h-full min-h-11 w-full rounded-xl border border-line bg-raised px-4 py-2.5 text-left text-sm transition-colors [overflow-wrap:anywhere] hover:border-line-strong hover:bg-sunken"
                onClick={() => onAsk(one)}
              >
                {one}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
