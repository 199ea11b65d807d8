"use client";

import { Check, Copy, RefreshCw } from "lucide-react";
import { useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { AnswerDetails } from "./AnswerDetails";
import { BranchArrows } from "./BranchArrows";
import { place } from "./CitationChip";
import { ExportMenu } from "./ExportMenu";
import { CommentForm } from "./feedback/CommentForm";
import { Thumbs } from "./feedback/Thumbs";
import { useThumbs } from "./feedback/useThumbs";
import { messages } from "./messages";
import type { Shown } from "./types";

interface AnswerActionsProps {
  conversationId: string;
  shown: Shown;
  onChoose: (id: string) => void;
  onRegenerate: (() => void) | null;
}

export function AnswerActions({ conversationId, shown, onChoose, onRegenerate }: AnswerActionsProps) {
  const t = useMessages(messages);
  const thumbs = useThumbs(conversationId, shown.message);
  const [copied, setCopied] = useState(false);
  const { message } = shown;

  const copy = async () => {
    const sources = (message.citations ?? [])
      .filter((one) => one.available)
      .map((one) => `[${one.number}] ${one.document_title || one.document_name}, ${place(one, t)}`);
    const pages = (message.web_citations ?? []).map((one) => `[${one.number}] ${one.title}, ${one.url}`);
    const below = [...sources, ...pages];
    await navigator.clipboard.writeText([message.text, ...(below.length ? ["", ...below] : [])].join("\n"));
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };

  return (
    <>
      <div className="mt-2 flex min-h-9 items-center gap-0.5 text-muted">
        <BranchArrows shown={shown} onChoose={onChoose} />
        <IconButton label={copied ? t("copied") : t("copy")} icon={copied ? Check : Copy} onClick={copy} />
        {onRegenerate && <IconButton label={t("regenerate")} icon={RefreshCw} onClick={onRegenerate} />}
        <ExportMenu messageId={message.id} title={t("answer")} />
        <Thumbs state={thumbs} />
        {message.run?.kind === "generated" && <AnswerDetails run={message.run} />}
      </div>
      {thumbs.asking && <CommentForm state={thumbs} />}
    </>
  );
}
