"use client";

import { FolderInput, RotateCw, Trash2, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import type { KnowledgeDocument } from "../types";
import type { DocumentActions } from "./actions";
import { messages } from "./messages";

interface BulkBarProps {
  documents: KnowledgeDocument[];
  actions: DocumentActions;
  onClear: () => void;
}

/** What can be done with the documents that are chosen. */
export function BulkBar({ documents, actions, onClear }: BulkBarProps) {
  const t = useMessages(messages);
  return (
    <div className="sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-2 rounded-xl border border-line bg-raised px-3 py-2 shadow-float">
      <IconButton label={t("clearChosen")} icon={X} onClick={onClear} />
      <p role="status" className="mr-auto font-medium text-sm">
        {t("chosen", { count: documents.length })}
      </p>
      <Button size="sm" variant="secondary" onClick={() => actions.reprocess(documents)}>
        <RotateCw aria-hidden className="size-4" />
        {t("reprocess")}
      </Button>
      <Button size="sm" variant="secondary" onClick={() => actions.move(documents)}>
        <FolderInput aria-hidden className="size-4" />
        {t("move")}
      </Button>
      <Button size="sm" variant="danger" onClick={() => actions.delete(documents)}>
        <Trash2 aria-hidden className="size-4" />
        {t("delete")}
      </Button>
    </div>
  );
}
