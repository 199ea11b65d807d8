"use client";

import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import { cn } from "@/lib/cn";
import { failureInWords, unreadInWords } from "@/lib/failures";
import { useLanguage, useMessages } from "@/lib/i18n";

import type { KnowledgeDocument } from "../types";
import { messages } from "./messages";
import { isRecognising, stateKey, stepOf } from "./stages";

interface DocumentStateProps {
  document: KnowledgeDocument;
  /** Absent for those who may not process it again. */
  onRetry?: () => void;
}

/** Uploaded, reading, embedding, searchable; or the reason why not. */
export function DocumentState({ document, onRetry }: DocumentStateProps) {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  const step = stepOf(document);
  const label = t(stateKey(document));

  if (document.state === "ready")
    return (
      <div className="max-w-sm text-sm">
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-success">
          <Check aria-hidden className="size-4" />
          {label}
        </span>
        <Pictures document={document} />
      </div>
    );
  if (document.state === "failed")
    return (
      <div className="min-w-40 max-w-sm text-sm">
        <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1 text-danger">
          <span className="inline-flex items-center gap-1.5">
            <CircleAlert aria-hidden className="size-4 shrink-0" />
            {label}
          </span>
          {onRetry && (
            <button
              type="button"
              onClick={onRetry}
              className="min-h-6 rounded px-1 font-medium text-accent underline-offset-2 hover:underline"
            >
              {t("retry")}
            </button>
          )}
        </span>
        <p className="text-muted text-xs">
          {failureInWords(document.failure_code, document.failure, language)}{" "}
          {document.active_version_id && t("stillAnswers")}
        </p>
      </div>
    );
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap text-accent text-sm">
      <LoaderCircle aria-hidden className="size-4 animate-spin" />
      <span>
        {label}
        <Pictures document={document} />
        <span className="mt-1 flex gap-1" role="img" aria-label={t("stageStep", { step, stage: label })}>
          {[1, 2, 3, 4].map((one) => (
            <span
              key={one}
              className={cn("h-1 w-5 rounded-full transition-colors", one <= step ? "bg-accent" : "bg-line")}
            />
          ))}
        </span>
      </span>
    </span>
  );
}

/** How far the recognition of its pictures has come, or why some of its pages have no text. */
function Pictures({ document }: { document: KnowledgeDocument }) {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  if (isRecognising(document))
    return (
      <span className="block text-accent text-xs tabular-nums">
        {t("recognising", { done: document.pages_recognised, count: document.pages_to_recognise })}
      </span>
    );
  if (document.state !== "ready" || document.unread_pages === 0) return null;
  return (
    <p className="text-muted text-xs">
      {t("unread", { count: document.unread_pages })} {unreadInWords(document.unread_reason, language)}
    </p>
  );
}
