"use client";

import { useRef } from "react";

import { Progress } from "@/components/ui/progress";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { pending, useProgress } from "../queries";
import { messages } from "./messages";

interface ProcessingNoteProps {
  knowledgeBaseId: string;
  onShowFailed: () => void;
}

/** How far all documents have come, while some are on their way or have failed. */
export function ProcessingNote({ knowledgeBaseId, onShowFailed }: ProcessingNoteProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const documents = useProgress(knowledgeBaseId).data?.documents ?? {};
  const ready = documents.ready ?? 0;
  const failed = documents.failed ?? 0;
  const waiting = pending(documents);
  const busy = useRef(false);
  if (waiting > 0) busy.current = true;
  const finished = busy.current && waiting === 0;
  const all = ready + waiting + failed;
  const text = t("progress", { ready: formats.number(ready), all: formats.number(all) });
  // Said once at the end; hearing every step of a folder of thousands would help nobody.
  const said = <VisuallyHidden role="status">{finished ? text : ""}</VisuallyHidden>;
  if (waiting + failed === 0) return said;
  return (
    <div className="mb-4 rounded-xl border border-line bg-raised px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <p>{text}</p>
        {said}
        {failed > 0 && (
          <p className="flex items-center gap-2 text-danger">
            {t("progressFailed", { count: formats.number(failed) })}
            <button
              type="button"
              onClick={onShowFailed}
              className="min-h-6 rounded px-1 font-medium text-accent underline-offset-2 hover:underline"
            >
              {t("showFailed")}
            </button>
          </p>
        )}
      </div>
      {waiting > 0 && (
        <div className="mt-2">
          <Progress value={ready / all} label={text} />
        </div>
      )}
    </div>
  );
}
