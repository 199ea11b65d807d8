"use client";

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { messages as common } from "../messages";
import { useChange } from "../queries";
import { messages } from "./messages";

type Rules = Schemas["RulesOut"];

/** How the company keeps conversations. */
export function ConversationsPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  useTitle(t("title"));
  const rules = useQuery({
    queryKey: ["structure", "conversation-rules"],
    queryFn: () => unwrap(api.GET("/api/conversation-rules")),
  });
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      {rules.isPending && (
        <div role="status" aria-label={c("loading")}>
          <Skeleton className="h-60 rounded-xl" />
        </div>
      )}
      {rules.isError && <ErrorState problem={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.data && <RulesForm key={JSON.stringify(rules.data)} rules={rules.data} />}
    </PageFrame>
  );
}

function RulesForm({ rules }: { rules: Rules }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const update = useChange((body: Rules) => unwrap(api.PUT("/api/conversation-rules", { body })));
  const [most, setMost] = useState(String(rules.most));
  const [days, setDays] = useState(rules.keep_days === null ? "" : String(rules.keep_days));
  const [asking, setAsking] = useState(false);
  const wanted: Rules = { most: Number(most), keep_days: days.trim() === "" ? null : Number(days) };
  const badMost = !isWithin(wanted.most, 10, 100_000);
  const badDays = wanted.keep_days !== null && !isWithin(wanted.keep_days, 1, 36_500);
  const isShorter = wanted.keep_days !== null && (rules.keep_days === null || wanted.keep_days < rules.keep_days);
  const isFewer = wanted.most < rules.most;

  const save = async () => {
    await update.mutateAsync(wanted);
    toast({ title: t("saved"), tone: "success" });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (badMost || badDays || update.isPending) return;
    if (isShorter || isFewer) setAsking(true);
    else save().catch((problem) => toast({ title: say(problem), tone: "danger" }));
  };
  return (
    <form noValidate onSubmit={submit} className="grid max-w-md gap-6">
      <Field label={t("most")} hint={t("mostHint")} error={badMost && t("mostError")}>
        <Input inputMode="numeric" value={most} onChange={(event) => setMost(event.target.value)} />
      </Field>
      <Field label={t("days")} hint={t("daysHint")} error={badDays && t("daysError")}>
        <Input inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
      </Field>
      <Button type="submit" busy={update.isPending} className="justify-self-start">
        {t("save")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("confirmTitle")}
        description={[
          isShorter && t("confirmHint", { days: wanted.keep_days ?? 0 }),
          isFewer && t("confirmFewer", { most: wanted.most }),
        ]
          .filter(Boolean)
          .join(" ")}
        confirm={t("confirm")}
        danger
        onConfirm={save}
      />
    </form>
  );
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
