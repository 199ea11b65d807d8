"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { useProblemText } from "@/components/ui/problem-text";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useTrial } from "./queries";

/** How the model would answer by the words that are being written. */
export function Trial({ text }: { text: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const trial = useTrial();
  const [question, setQuestion] = useState("");

  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (question.trim()) trial.mutate({ text: text.trim(), question: question.trim() });
  };
  const told = trial.data;

  return (
    <section aria-labelledby={`${id}-title`} className="grid gap-3">
      <div>
        <h2 id={`${id}-title`} className="font-semibold text-lg">
          {t("trial")}
        </h2>
        <p className="text-muted text-sm">{t("trialHint")}</p>
      </div>
      <form onSubmit={ask} className="flex flex-wrap items-end gap-2">
        <div className="grid min-w-0 flex-1 basis-60 gap-1.5">
          <Label htmlFor={`${id}-question`}>{t("question")}</Label>
          <Input
            id={`${id}-question`}
            maxLength={8000}
            value={question}
            onChange={(event) => setQuestion(event.target.value)}
          />
        </div>
        <Button type="submit" variant="secondary" busy={trial.isPending} disabled={!question.trim()}>
          {t("ask")}
        </Button>
      </form>
      <div role="status" className="empty:hidden">
        {trial.isError && <p className="text-danger text-sm">{say(trial.error)}</p>}
        {told && !trial.isPending && (
          <div className="rounded-lg bg-sunken p-4 text-sm">
            <p className="whitespace-pre-wrap break-words">{told.text}</p>
            <ul className="mt-3 space-y-1 text-muted">
              {told.citations.map((one) => (
                <li key={one.number} className="break-words">
                  [{one.number}] {one.document_title || one.document_name}
                </li>
              ))}
            </ul>
            <p className="mt-3 text-muted text-xs">
              {t("tried", { model: told.model, ms: told.total_ms, tokens: told.input_tokens + told.output_tokens })}
            </p>
          </div>
        )}
      </div>
    </section>
  );
}
