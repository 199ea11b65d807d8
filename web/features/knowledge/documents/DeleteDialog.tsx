"use client";

import { useRef } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useMessages } from "@/lib/i18n";

import type { KnowledgeDocument } from "../types";
import { messages } from "./messages";

const NAMED = 6;

interface DeleteDialogProps {
  /** Null while nothing is asked. */
  documents: KnowledgeDocument[] | null;
  onClose: () => void;
  onConfirm: (documents: KnowledgeDocument[]) => Promise<void>;
}

export function DeleteDialog({ documents, onClose, onConfirm }: DeleteDialogProps) {
  const t = useMessages(messages);
  const last = useRef<KnowledgeDocument[]>([]);
  if (documents) last.current = documents;
  const named = last.current;
  const count = named.length;
  return (
    <ConfirmDialog
      open={documents !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t("deleteTitle", { count })}
      description={
        <>
          <span className="block">{t("deleteText", { count })}</span>
          <span className="mt-3 block max-h-48 overflow-y-auto rounded-lg bg-sunken p-3 text-text">
            {named.slice(0, NAMED).map((document) => (
              <span key={document.id} className="block [overflow-wrap:anywhere]">
                {document.path}
              </span>
            ))}
            {count > NAMED && <span className="block text-muted">{t("andMore", { count: count - NAMED })}</span>}
          </span>
        </>
      }
      confirm={t("delete")}
      danger
      onConfirm={() => onConfirm(named)}
    />
  );
}
