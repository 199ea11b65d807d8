"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus, Telescope, X } from "lucide-react";
import { useId, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Draft, forgetDraft, keepDraft, MOST_PARTS, moved, readDraft, toPlan } from "./plan";
import { leaveFor, type Research, startResearch } from "./queries";

const FIELD = cn(
  "w-full min-w-0 rounded-md border border-transparent bg-transparent px-2 py-1 hover:border-line",
  "focus-visible:border-accent focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent",
  "placeholder:text-muted aria-invalid:border-danger",
);

/** The plan before it is started: its parts can be reworded, moved, added and removed. */
export function PlanCard({ research }: { research: Research }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const id = useId();
  const [drafts, setDrafts] = useState(() => readDraft(research.id, research.plan));
  const [busy, setBusy] = useState(false);
  const [checked, setChecked] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const adding = useRef<HTMLButtonElement>(null);

  const change = (next: Draft[]) => {
    setDrafts(next);
    keepDraft(research.id, next);
  };
  const edit = (key: number, values: Partial<Draft>) =>
    change(drafts.map((one) => (one.key === key ? { ...one, ...values } : one)));
  // Once it stands where it shall: the fields of a part that is new are not there before.
  const focus = (at: number, what: string) =>
    requestAnimationFrame(() => {
      const field = list.current?.children[at]?.querySelector<HTMLElement>(`[data-part="${what}"]:not(:disabled)`);
      (field ?? adding.current)?.focus();
    });

  const move = (from: number, to: number) => {
    change(moved(drafts, from, to));
    const edge = to === 0 ? "down" : to === drafts.length - 1 ? "up" : to < from ? "up" : "down";
    focus(to, edge);
  };
  const remove = (at: number) => {
    change(drafts.filter((_, index) => index !== at));
    focus(Math.min(at, drafts.length - 2), "remove");
  };
  const add = () => {
    const key = Math.max(-1, ...drafts.map((one) => one.key)) + 1;
    change([...drafts, { key, heading: "", question: "" }]);
    focus(drafts.length, "heading");
  };
  const start = async () => {
    setChecked(true);
    const empty = drafts.findIndex((one) => !one.question.trim());
    if (empty >= 0) return focus(empty, "question");
    setBusy(true);
    try {
      await startResearch(client, research, toPlan(drafts));
      forgetDraft(research.id);
      leaveFor("composer");
    } catch (problem) {
      toast({ title: t("notStarted"), description: say(problem), tone: "danger" });
      setBusy(false);
    }
  };

  return (
    <section aria-labelledby={`${id}title`} className="rounded-xl border border-line bg-raised p-4 sm:p-5">
      <h3 id={`${id}title`} className="flex items-center gap-2 font-medium">
        <Telescope aria-hidden className="size-4 shrink-0 text-accent" />
        {t("planTitle")}
      </h3>
      <p className="mt-1 text-muted text-sm">{t("planHint")}</p>
      <ol ref={list} className="mt-3 divide-y divide-line">
        {drafts.map((one, at) => {
          const number = at + 1;
          const isMissing = checked && !one.question.trim();
          return (
            <li key={one.key} className="flex gap-2 py-2.5" aria-label={t("part", { number })}>
              <span aria-hidden className="mt-1 w-5 shrink-0 text-end text-muted text-sm tabular-nums leading-6">
                {number}
              </span>
              <div className="min-w-0 flex-1">
                <input
                  data-part="heading"
                  aria-label={t("heading", { number })}
                  placeholder={t("headingPlaceholder")}
                  maxLength={120}
                  value={one.heading}
                  className={cn(FIELD, "font-medium")}
                  onChange={(event) => edit(one.key, { heading: event.target.value })}
                />
                <textarea
                  data-part="question"
                  aria-label={t("question", { number })}
                  aria-invalid={isMissing || undefined}
                  aria-describedby={isMissing ? `${id}${one.key}` : undefined}
                  placeholder={t("questionPlaceholder")}
                  maxLength={500}
                  rows={Math.max(1, Math.ceil(one.question.length / 70))}
                  value={one.question}
                  className={cn(FIELD, "field-sizing-content block resize-none text-sm")}
                  onChange={(event) => edit(one.key, { question: event.target.value.replaceAll("\n", " ") })}
                />
                {isMissing && (
                  <p id={`${id}${one.key}`} className="px-2 pt-1 text-danger text-sm">
                    {t("missingQuestion")}
                  </p>
                )}
              </div>
              <div className="flex shrink-0 flex-col text-muted sm:flex-row">
                <IconButton
                  data-part="up"
                  label={t("up", { number })}
                  icon={ArrowUp}
                  className="size-8"
                  disabled={at === 0}
                  onClick={() => move(at, at - 1)}
                />
                <IconButton
                  data-part="down"
                  label={t("down", { number })}
                  icon={ArrowDown}
                  className="size-8"
                  disabled={at === drafts.length - 1}
                  onClick={() => move(at, at + 1)}
                />
                <IconButton
                  data-part="remove"
                  label={t("remove", { number })}
                  icon={X}
                  className="size-8"
                  disabled={drafts.length === 1}
                  onClick={() => remove(at)}
                />
              </div>
            </li>
          );
        })}
      </ol>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-2">
        <Button ref={adding} size="sm" variant="ghost" disabled={drafts.length >= MOST_PARTS} onClick={add}>
          <Plus aria-hidden className="size-4" />
          {t("add")}
        </Button>
        <Button busy={busy} onClick={() => void start()}>
          {t("start")}
        </Button>
      </div>
    </section>
  );
}
