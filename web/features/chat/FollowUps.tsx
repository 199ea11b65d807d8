"use client";

import { CornerDownRight } from "lucide-react";
import { useId } from "react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useFollowUps } from "./queries";

interface FollowUpsProps {
  runId: string;
  onAsk: (question: string) => void;
}

/** What one might ask next: a press asks it. Nothing, until the model has thought of something. */
export function FollowUps({ runId, onAsk }: FollowUpsProps) {
  const t = useMessages(messages);
  const id = useId();
  const { data } = useFollowUps(runId);
  if (!data?.length) return null;
  return (
    <section aria-labelledby={id} className="mt-4">
      <h3 id={id} className="mb-1 text-muted text-xs">
        {t("followUps")}
      </h3>
      <ul className="divide-y divide-line border-line border-y">
        {data.map((question) => (
          <li key={question}>
            <button
              type="button"
              onClick={() => onAsk(question)}
              className="flex w-full items-start gap-2 rounded px-1 py-2 text-left text-sm hover:bg-sunken"
            >
              <CornerDownRight aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
              {question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
