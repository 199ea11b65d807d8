"use client";

import { useQuery } from "@tanstack/react-query";
import { Telescope } from "lucide-react";

import { Tooltip } from "@/components/ui/tooltip";
import { api, unwrap } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import { messages } from "./messages";

interface ResearchSwitchProps {
  on: boolean;
  onChange: (on: boolean) => void;
}

/** Whether the next question shall become a report; not there where no language model could write one. */
export function ResearchSwitch({ on, onChange }: ResearchSwitchProps) {
  const t = useMessages(messages);
  const capabilities = useQuery({
    queryKey: keys.capabilities,
    queryFn: () => unwrap(api.GET("/api/capabilities")),
    staleTime: 300_000,
  });
  if (!capabilities.data?.language_model) return null;
  return (
    <Tooltip label={t("researchHint")}>
      <button
        type="button"
        aria-pressed={on}
        onClick={() => onChange(!on)}
        className={cn(
          "flex h-8 items-center gap-1.5 rounded-full border px-3 text-sm transition-colors",
          on ? "border-accent bg-accent-soft font-medium text-accent" : "border-line text-muted hover:bg-sunken",
        )}
      >
        <Telescope aria-hidden className="size-4 shrink-0" />
        <span className={cn(!on && "max-sm:sr-only")}>{t("research")}</span>
      </button>
    </Tooltip>
  );
}
