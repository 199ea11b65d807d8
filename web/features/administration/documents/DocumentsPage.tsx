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

type Rules = Schemas["DocumentRulesOut"];
type Wanted = Schemas["DocumentRulesIn"];

/** How the company keeps documents. */
export function DocumentsPage() {
  const t = useMessages(messages);
  const query = useQuery({
    queryKey: ["structure", "document-rules"],
    queryFn: () => unwrap(api.GET("/api/document-rules")),
  });
  return (
    <RulesPage title={t("title")} lead={t("lead")} query={query}>
      {(rules) => <DocumentRules rules={rules} />}
    </RulesPage>
  );
}

function DocumentRules({ rules }: { rules: Rules }) {
  const t = useMessages(messages);
  const update = useChange((body: Wanted) => unwrap(api.PUT("/api/document-rules", { body })));
  const [days, setDays] = useState(rules.is_own ? String(rules.deleted_days) : "");
  const [versions, setVersions] = useState(rules.kept_versions == null ? "" : String(rules.kept_versions));
  const wanted = { deleted_days: numberIn(days), kept_versions: numberIn(versions) };
  const badDays = wanted.deleted_days !== null && !isWithin(wanted.deleted_days, 0, 3650);
  const badVersions = wanted.kept_versions !== null && !isWithin(wanted.kept_versions, 0, 1000);

  const losses: string[] = [];
  if (wanted.deleted_days !== null && wanted.deleted_days < rules.deleted_days)
    losses.push(wanted.deleted_days ? t("confirmDays", { days: wanted.deleted_days }) : t("confirmAtOnce"));
  if (wanted.kept_versions !== null && wanted.kept_versions < (rules.kept_versions ?? Number.POSITIVE_INFINITY))
    losses.push(t("confirmVersions"));
  return (
    <RulesForm
      wanted={wanted}
      valid={!badDays && !badVersions}
      update={update}
      losses={losses}
      confirmTitle={t("confirmTitle")}
      confirm={t("confirm")}
    >
      <Field
        label={t("days")}
        hint={rules.is_own ? t("daysHint") : t("daysHintNow", { days: rules.deleted_days })}
        error={badDays && t("daysError")}
      >
        <Input inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
      </Field>
      <Field label={t("versions")} hint={t("versionsHint")} error={badVersions && t("versionsError")}>
        <Input inputMode="numeric" value={versions} onChange={(event) => setVersions(event.target.value)} />
      </Field>
    </RulesForm>
  );
}
