"use client";

import { ChevronDown, FlaskConical, ThumbsDown, ThumbsUp } from "lucide-react";
import { useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import { Note } from "./Note";
import { type Entry, type State, useMakeCase, useReview } from "./queries";

const NEXT: Record<State, readonly { to: State; word: "review" | "resolve" | "reopen" }[]> = {
  pending: [
    { to: "reviewed", word: "review" },
    { to: "resolved", word: "resolve" },
  ],
  reviewed: [
    { to: "resolved", word: "resolve" },
    { to: "pending", word: "reopen" },
  ],
  resolved: [{ to: "pending", word: "reopen" }],
};

/** One opinion: what was asked and answered, what somebody thought of it, and what is done about it. */
export function FeedbackCard({ entry }: { entry: Entry }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const { ago } = useFormats();
  const review = useReview();
  const makeCase = useMakeCase();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const Thumb = entry.rating === "up" ? ThumbsUp : ThumbsDown;
  const label = (word: "review" | "resolve" | "reopen" | "makeCase") =>
    t("of", { action: t(word), question: entry.question });

  const tell = async (doing: Promise<unknown>, done: string) => {
    try {
      await doing;
      toast({ title: done, tone: "success" });
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
    }
  };
  const move = (to: State) => tell(review.mutateAsync({ id: entry.id, state: to }), t("moved", { state: t(to) }));

  return (
    <article aria-labelledby={`${id}-question`} className="rounded-xl border border-line bg-raised p-4 sm:p-5">
      <header className="flex items-start gap-3">
        <span
          role="img"
          aria-label={t(entry.rating)}
          className={`grid size-8 shrink-0 place-items-center rounded-full ${
            entry.rating === "up" ? "bg-success-soft text-success" : "bg-danger-soft text-danger"
          }`}
        >
          <Thumb aria-hidden className="size-4" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 id={`${id}-question`} className="break-words font-medium">
            {entry.question}
          </h2>
          <p className="text-muted text-sm">
            {t("by", { name: entry.given_by.name, when: ago(entry.updated_at) })}
            {entry.reviewer && entry.reviewed_at && entry.state !== "pending" && (
              <> · {t("seenBy", { state: t(entry.state), name: entry.reviewer.name, when: ago(entry.reviewed_at) })}</>
            )}
          </p>
        </div>
      </header>
      {entry.comment && (
        <blockquote className="mt-3 whitespace-pre-wrap break-words border-accent border-l-2 ps-3">
          {entry.comment}
        </blockquote>
      )}
      <Button
        size="sm"
        variant="ghost"
        className="mt-2 -ms-2"
        aria-expanded={isOpen}
        aria-controls={`${id}-answer`}
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronDown aria-hidden className={`size-4 transition-transform ${isOpen ? "rotate-180" : ""}`} />
        {t(isOpen ? "hideAnswer" : "showAnswer")}
      </Button>
      {isOpen && <Answer id={`${id}-answer`} entry={entry} />}
      <Note entry={entry} onSave={(note) => review.mutateAsync({ id: entry.id, note })} />
      <div className="mt-3 flex flex-wrap gap-2">
        {NEXT[entry.state].map(({ to, word }) => (
          <Button
            key={to}
            size="sm"
            variant={word === "reopen" ? "ghost" : "secondary"}
            aria-label={label(word)}
            onClick={() => void move(to)}
          >
            {t(word)}
          </Button>
        ))}
        {entry.evaluation_case_id ? (
          <span className="flex items-center gap-2 px-2 text-muted text-sm">
            <FlaskConical aria-hidden className="size-4" /> {t("hasCase")}
          </span>
        ) : (
          <Button
            size="sm"
            variant="ghost"
            aria-label={label("makeCase")}
            onClick={() => void tell(makeCase.mutateAsync(entry.id), t("caseMade"))}
          >
            <FlaskConical aria-hidden className="size-4" /> {t("makeCase")}
          </Button>
        )}
      </div>
    </article>
  );
}

/** As it was written: signs of Markdown are told, and nothing in it is a link. */
function Answer({ id, entry }: { id: string; entry: Entry }) {
  const t = useMessages(messages);
  const documents = (entry.answer.citations ?? []).map(
    (one) => `[${one.number}] ${one.available ? one.document_title || one.document_name : t("unavailable")}`,
  );
  // An address that nobody of ours has written is told, and is no link here.
  const pages = (entry.answer.web_citations ?? []).map((one) => `[${one.number}] ${one.title} (${one.host})`);
  return (
    <section id={id} aria-label={t("answer")} className="mt-1 rounded-lg bg-sunken p-3 text-sm">
      <p className="whitespace-pre-wrap break-words">{entry.answer.text}</p>
      {documents.length + pages.length > 0 && (
        <>
          <h3 className="mt-3 font-medium text-muted text-xs">{t("sources")}</h3>
          <ul className="mt-1 space-y-1">
            {[...documents, ...pages].map((line) => (
              <li key={line} className="break-words">
                {line}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
