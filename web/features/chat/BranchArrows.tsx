"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Shown } from "./types";

/** ‹2/3›: steps through the versions of a question or an answer. Nothing where there is one. */
export function BranchArrows({ shown, onChoose }: { shown: Shown; onChoose: (id: string) => void }) {
  const t = useMessages(messages);
  const { siblings, message } = shown;
  if (siblings.length < 2) return null;
  const at = siblings.findIndex((one) => one.id === message.id);
  const step = (by: number) => {
    const next = siblings[at + by];
    if (next) onChoose(next.id);
  };
  return (
    <span className="inline-flex items-center text-sm">
      <IconButton
        label={t("previous")}
        icon={ChevronLeft}
        className="size-8"
        disabled={at === 0}
        onClick={() => step(-1)}
      />
      <span className="tabular-nums" aria-live="polite">
        {at + 1}/{siblings.length}
      </span>
      <IconButton
        label={t("next")}
        icon={ChevronRight}
        className="size-8"
        disabled={at === siblings.length - 1}
        onClick={() => step(1)}
      />
    </span>
  );
}
