"use client";

import { useQueryClient } from "@tanstack/react-query";
import { FileX } from "lucide-react";
import { useRef, useState } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { openPanel } from "@/lib/panel";

import { FileChip } from "./FileChip";
import { messages } from "./messages";
import { removeFile } from "./queries";

interface QuestionFilesProps {
  conversationId: string;
  files: readonly Schemas["AttachmentOut"][];
}

/** The files that were attached with a question. */
export function QuestionFiles({ conversationId, files }: QuestionFilesProps) {
  const t = useMessages(messages);
  const client = useQueryClient();
  const [leaving, setLeaving] = useState<{ id: string; name: string } | null>(null);
  const list = useRef<HTMLUListElement>(null);
  return (
    <>
      <ul
        ref={list}
        aria-label={t("files")}
        tabIndex={-1}
        className="flex max-w-[85%] flex-wrap justify-end gap-2 outline-none"
      >
        {files.map((file, index) => (
          <li key={file.document_id ?? index} className="min-w-0 max-w-full">
            {file.document_id && file.name ? (
              <FileChip
                name={file.name}
                onOpen={() => openPanel([{ documentId: file.document_id ?? "", name: file.name ?? "" }])}
                onRemove={() => setLeaving({ id: file.document_id ?? "", name: file.name ?? "" })}
              />
            ) : (
              <span className="flex min-h-10 items-center gap-2 rounded-xl border border-line border-dashed px-3 text-muted text-sm">
                <FileX aria-hidden className="size-4 shrink-0" /> {t("removed")}
              </span>
            )}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => {
          if (!open) setLeaving(null);
        }}
        title={t("removeTitle", { name: leaving?.name ?? "" })}
        description={t("removeText")}
        confirm={t("removeConfirm")}
        danger
        onConfirm={async () => {
          if (leaving) await removeFile(client, conversationId, leaving.id);
          // Where the button was there is none any more.
          requestAnimationFrame(() => list.current?.focus());
        }}
      />
    </>
  );
}
