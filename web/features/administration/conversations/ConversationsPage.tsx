"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { useChange } from "../queries";
import { isWithin, numberIn, RulesForm, RulesPage } from "../Rules";
import { messages } from "./messages";

type Rules = Schemas["RulesOut"];

/** How the company keeps conversations. */
export function ConversationsPage() {
  const t = useMessages(messages);
  const query = useQuery({
    queryKey: ["structure", "conversation-rules"],
    queryFn: () => unwrap(api.GET("/api/conversation-rules")),
  });
  return (
    <RulesPage title={t("title")} lead={t("lead")} query={query}>
      {(rules) => <ConversationRules rules={rules} />}
    </RulesPage>
  );
}

function ConversationRules({ rules }: { rules: Rules }) {
  const t = useMessages(messages);
  const update = useChange((body: Rules) => unwrap(api.PUT("/api/conversation-rules", { body })));
  const [most, setMost] = useState(String(rules.most));
  const [days, setDays] = useState(rules.keep_days === null ? "" : String(rules.keep_days));
  const wanted: Rules = { most: Number(most), keep_days: numberIn(days) };
  const badMost = !isWithin(wanted.most, 10, 100_000);
  const badDays = wanted.keep_days !== null && !isWithin(wanted.keep_days, 1, 36_500);

  const losses: string[] = [];
  if (wanted.keep_days !== null && wanted.keep_days < (rules.keep_days ?? Number.POSITIVE_INFINITY))
    losses.push(t("confirmHint", { days: wanted.keep_days }));
  if (wanted.most < rules.most) losses.push(t("confirmFewer", { most: wanted.most }));
  return (
    <RulesForm
      wanted={wanted}
      valid={!badMost && !badDays}
      update={update}
      losses={losses}
      confirmTitle={t("confirmTitle")}
      confirm={t("confirm")}
    >
      <Field label={t("most")} hint={t("mostHint")} error={badMost && t("mostError")}>
        <Input inputMode="numeric" value={most} onChange={(event) => setMost(event.target.value)} />
      </Field>
      <Field label={t("days")} hint={t("daysHint")} error={badDays && t("daysError")}>
        <Input inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
      </Field>
    </RulesForm>
  );
}
