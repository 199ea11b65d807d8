"use client";

import { CircleHelp } from "lucide-react";
import type { ReactNode } from "react";

import { HoverCard, HoverCardContent, HoverCardTrigger } from "@/components/ui/hover-card";
import { useMessages } from "@/lib/i18n";

import type { Finding } from "../types";
import { messages } from "./messages";

interface DoubtMarkProps {
  finding: Finding;
  /** Whether the sentence ends here: then comes the reason. */
  isLast: boolean;
  children: ReactNode;
}

/** Words of a sentence that its sources do not say. */
export function DoubtMark({ finding, isLast, children }: DoubtMarkProps) {
  return (
    <>
      <mark className="bg-transparent text-inherit underline decoration-2 decoration-warning decoration-dotted underline-offset-4">
        {children}
      </mark>
      {isLast && <Reason finding={finding} />}
    </>
  );
}

function Reason({ finding }: { finding: Finding }) {
  const t = useMessages(messages);
  const words = finding.words.map((word) => `“${word}”`).join(", ");
  const reason = t(finding.doubt ?? "not_found", { words, count: finding.words.length });
  return (
    <HoverCard>
      <HoverCardTrigger>
        <button
          type="button"
          aria-label={t("doubted", { reason })}
          className="mx-0.5 inline-grid min-h-6 min-w-6 place-items-center rounded-md align-middle text-warning hover:bg-warning-soft"
        >
          <CircleHelp aria-hidden className="size-4" />
        </button>
      </HoverCardTrigger>
      <HoverCardContent>
        <div className="w-72 max-w-[80vw] space-y-1 text-sm">
          <p className="font-medium">{t("heading")}</p>
          <p>{reason}</p>
          <p className="text-muted text-xs">{t("advice")}</p>
        </div>
      </HoverCardContent>
    </HoverCard>
  );
}
