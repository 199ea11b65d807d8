"use client";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import { usePassages } from "./queries";
import { Skim } from "./Skim";

type Passage = Schemas["ChunkOut"];

interface PassagesProps {
  documentId: string;
  versionId: string;
  onShow: (passage: Passage) => void;
}

/** The pieces a search finds, in reading order: what one looks at when a document is found too often or not at all. */
export function Passages({ documentId, versionId, onShow }: PassagesProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const list = usePassages(documentId, versionId);
  if (list.isError) return <ErrorState problem={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Skim />;
  const passages = list.data.pages.flatMap((page) => page.items);
  return (
    <div className="mx-auto max-w-3xl p-4">
      <ol className="space-y-3">
        {passages.map((one) => (
          <li key={one.id} className="rounded-xl border border-line bg-raised p-4">
            <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs">
              <span className="font-medium text-text">{t("passage", { number: formats.number(one.ordinal + 1) })}</span>
              <span>{t("page", { page: one.page })}</span>
              <span>{t("tokens", { count: one.token_count })}</span>
              <Button
                size="sm"
                variant="ghost"
                className="ms-auto"
                aria-label={t("showPassage", { number: one.ordinal + 1 })}
                onClick={() => onShow(one)}
              >
                {t("show")}
              </Button>
            </div>
            {one.heading_path.length > 0 && <p className="mb-1 text-muted text-xs">{one.heading_path.join(" › ")}</p>}
            <p className="whitespace-pre-line text-sm [overflow-wrap:anywhere]">{one.text}</p>
          </li>
        ))}
      </ol>
      <MoreButton of={list} className="mt-4" />
    </div>
  );
}
