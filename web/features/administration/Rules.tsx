"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import { type FormEvent, Fragment, type ReactNode, useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "./Listing";
import { messages } from "./messages";

interface RulesPageProps<Rules> {
  title: string;
  lead: string;
  query: UseQueryResult<Rules>;
  /** The form: made anew whenever the rules have changed. */
  children: (rules: Rules) => ReactNode;
}

/** A page of rules that count for the whole company. */
export function RulesPage<Rules>({ title, lead, query, children }: RulesPageProps<Rules>) {
  const t = useMessages(messages);
  useTitle(title);
  return (
    <PageFrame title={title} lead={lead}>
      {query.isPending && (
        <div role="status" aria-label={t("loading")}>
          <Skeleton className="h-60 rounded-xl" />
        </div>
      )}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <Fragment key={JSON.stringify(query.data)}>{children(query.data)}</Fragment>}
    </PageFrame>
  );
}

interface RulesFormProps<Wanted> {
  wanted: Wanted;
  valid: boolean;
  update: { isPending: boolean; mutateAsync: (wanted: Wanted) => Promise<unknown> };
  /** What is lost by it, a sentence each: asked about before. */
  losses: readonly string[];
  confirmTitle: string;
  confirm: string;
  /** Its fields. */
  children: ReactNode;
}

export function RulesForm<Wanted>({ wanted, valid, update, losses, children, ...words }: RulesFormProps<Wanted>) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [asking, setAsking] = useState(false);
  const save = async () => {
    await update.mutateAsync(wanted);
    toast({ title: t("rulesSaved"), tone: "success" });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!valid || update.isPending) return;
    if (losses.length > 0) setAsking(true);
    else save().catch((problem) => toast({ title: say(problem), tone: "danger" }));
  };
  return (
    <form noValidate onSubmit={submit} className="grid max-w-md gap-6">
      {children}
      <Button type="submit" busy={update.isPending} className="justify-self-start">
        {t("save")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={words.confirmTitle}
        description={losses.join(" ")}
        confirm={words.confirm}
        danger
        onConfirm={save}
      />
    </form>
  );
}

/** What was typed as a number: nothing is null, and what is no number is NaN. */
export function numberIn(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}

export function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
