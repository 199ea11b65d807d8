"use client";

import { Pencil } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Textarea } from "@/components/ui/textarea";
import { useMessages } from "@/lib/i18n";

import { QuestionFiles } from "./attachments/QuestionFiles";
import { BranchArrows } from "./BranchArrows";
import { messages } from "./messages";
import type { Shown } from "./types";

interface QuestionItemProps {
  conversationId: string;
  shown: Shown;
  onChoose: (id: string) => void;
  /** Resolves when it was asked; false leaves the editor open with what was typed. */
  onEdit: ((text: string) => Promise<boolean>) | null;
}

export function QuestionItem({ conversationId, shown, onChoose, onEdit }: QuestionItemProps) {
  const t = useMessages(messages);
  const { message } = shown;
  const files = message.attachments ?? [];
  const [draft, setDraft] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const isEditing = draft !== null;
  useEffect(() => {
    if (isEditing) editor.current?.focus();
  }, [isEditing]);

  const send = async () => {
    if (!draft?.trim() || !onEdit) return;
    setBusy(true);
    if (await onEdit(draft.trim())) setDraft(null);
    setBusy(false);
  };

  if (draft !== null) {
    return (
      <div className="ms-auto w-full max-w-2xl space-y-2 rounded-2xl bg-sunken p-3">
        <h2 className="sr-only">{t("you")}</h2>
        <Textarea
          ref={editor}
          aria-label={t("edit")}
          value={draft}
          rows={3}
          maxLength={8000}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setDraft(null);
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              void send();
            }
          }}
        />
        <div className="flex justify-end gap-2">
          <Button size="sm" variant="ghost" onClick={() => setDraft(null)}>
            {t("cancel")}
          </Button>
          <Button size="sm" busy={busy} disabled={!draft.trim()} onClick={send}>
            {t("save")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="group/question flex flex-col items-end gap-1">
      <h2 className="sr-only">{t("you")}</h2>
      <p className="max-w-[85%] whitespace-pre-wrap rounded-2xl bg-sunken px-4 py-2.5">{message.text}</p>
      {files.length > 0 && <QuestionFiles conversationId={conversationId} files={files} />}
      <div className="flex min-h-8 items-center text-muted">
        <BranchArrows shown={shown} onChoose={onChoose} />
        {onEdit && (
          <IconButton
            label={t("edit")}
            icon={Pencil}
            className="size-8 opacity-0 focus-visible:opacity-100 group-hover/question:opacity-100 pointer-coarse:opacity-100"
            onClick={() => setDraft(message.text)}
          />
        )}
      </div>
    </div>
  );
}
