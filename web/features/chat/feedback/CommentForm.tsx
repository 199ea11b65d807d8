"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/label";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import type { ThumbsState } from "./useThumbs";

const LONGEST = 2000;

/** A few words about an answer, for those who look after its sources. */
export function CommentForm({ state }: { state: ThumbsState }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const { asking, draft, setDraft, form, comment, close } = state;

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await comment();
    } catch (refused) {
      setProblem(refused);
    } finally {
      setSending(false);
    }
  };

  return (
    <form ref={form} onSubmit={send} className="mt-2 grid max-w-lg gap-2 rounded-xl border border-line bg-raised p-3">
      <Label htmlFor={id}>{t(asking === "up" ? "commentGood" : "commentBad")}</Label>
      <Textarea
        id={id}
        // It was asked for by a press that did nothing else one could see.
        autoFocus
        rows={2}
        maxLength={LONGEST}
        value={draft}
        aria-invalid={problem !== null || undefined}
        aria-describedby={problem !== null ? `${id}-problem` : undefined}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          }
          if (event.key === "Escape") {
            event.stopPropagation();
            close();
          }
        }}
      />
      <p className="text-muted text-xs">{t("commentSeen")}</p>
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="text-danger text-sm">
          {say(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={close}>
          {t("skip")}
        </Button>
        <Button size="sm" type="submit" busy={isSending}>
          {t("commentSend")}
        </Button>
      </div>
    </form>
  );
}
