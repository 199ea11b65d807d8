"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/label";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

const LONGEST = 2000;

interface CommentFormProps {
  rating: "up" | "down";
  onSend: (text: string) => Promise<void>;
  onSkip: () => void;
}

/** A few words about an answer, for those who look after its sources. */
export function CommentForm({ rating, onSend, onSkip }: CommentFormProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim()) return onSkip();
    setSending(true);
    setProblem(null);
    try {
      await onSend(text.trim());
    } catch (refused) {
      setProblem(refused);
    } finally {
      setSending(false);
    }
  };

  return (
    <form onSubmit={send} className="mt-2 grid max-w-lg gap-2 rounded-xl border border-line bg-raised p-3">
      <Label htmlFor={id}>{t(rating === "up" ? "commentGood" : "commentBad")}</Label>
      <Textarea
        id={id}
        // It was asked for by a press that did nothing else one could see.
        autoFocus
        rows={2}
        maxLength={LONGEST}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
          if (event.key === "Escape") {
            event.stopPropagation();
            onSkip();
          }
        }}
      />
      {problem !== null && (
        <p role="alert" className="text-danger text-sm">
          {say(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={onSkip}>
          {t("skip")}
        </Button>
        <Button size="sm" type="submit" busy={sending}>
          {t("commentSend")}
        </Button>
      </div>
    </form>
  );
}
