"use client";

import { FileClock } from "lucide-react";

import type { Schemas } from "@/lib/api/client";
import { failureInWords } from "@/lib/failures";
import { useLanguage, useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** Which attached files an answer has nothing of, and why. */
export function LeftOut({ files }: { files: readonly Schemas["LeftOutOut"][] }) {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  if (!files.length) return null;
  return (
    <ul className="mt-3 space-y-1.5 rounded-lg bg-sunken px-4 py-3 text-sm">
      {files.map((file) => (
        <li key={file.document_id} className="flex items-start gap-2">
          <FileClock aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
          <span className="min-w-0 break-words">
            {file.state === "failed"
              ? t("leftOutFailed", {
                  name: file.name,
                  reason: failureInWords(file.failure_code, file.failure, language),
                })
              : t("leftOutLate", { name: file.name })}
          </span>
        </li>
      ))}
    </ul>
  );
}
