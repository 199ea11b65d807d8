"use client";

import { ScanText } from "lucide-react";

import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "../messages";

/** Says that the cited words were recognised in a picture, and how surely; nothing about words that were written. */
export function Recognised({ confidence }: { confidence: number | null | undefined }) {
  const t = useMessages(messages);
  const formats = useFormats();
  if (confidence === null || confidence === undefined) return null;
  return (
    <p className="flex items-center gap-2 border-line border-b px-4 py-2 text-muted text-sm">
      <ScanText aria-hidden className="size-4 shrink-0" />
      {t("recognised", { percent: formats.percent(confidence) })}
    </p>
  );
}
