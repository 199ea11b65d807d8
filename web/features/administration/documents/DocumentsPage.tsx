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

type Rules = Schemas["DocumentRulesOut"];
type Wanted = Schemas["DocumentRulesIn"];

/** How the company keeps documents. */
export function DocumentsPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  useTitle(t("title"));
  const rules = useQuery({
    queryKey: ["structure", "document-rules"],
    queryFn: () => unwrap(api.GET("/api/document-rules")),
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
  const update = useChange((body: Wanted) => unwrap(api.PUT("/api/document-rules", { body })));
  const [days, setDays] = useState(rules.is_own ? String(rules.deleted_days) : "");
  const [versions, setVersions] = useState(rules.kept_versions == null ? "" : String(rules.kept_versions));
  const [asking, setAsking] = useState(false);
  const wanted = { deleted_days: numberIn(days), kept_versions: numberIn(versions) };
  const badDays = wanted.deleted_days !== null && !isWithin(wanted.deleted_days, 3650);
  const badVersions = wanted.kept_versions !== null && !isWithin(wanted.kept_versions, 1000);
  const isShorter = wanted.deleted_days !== null && wanted.deleted_days < rules.deleted_days;
  const isFewer =
    wanted.kept_versions !== null && (rules.kept_versions == null || wanted.kept_versions < rules.kept_versions);

  const save = async () => {
    await update.mutateAsync(wanted);
    toast({ title: t("saved"), tone: "success" });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (badDays || badVersions || update.isPending) return;
    if (isShorter || isFewer) setAsking(true);
    else save().catch((problem) => toast({ title: say(problem), tone: "danger" }));
  };
  return (
    <form noValidate onSubmit={submit} className="grid max-w-md gap-6">
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
      <Button type="submit" busy={update.isPending} className="justify-self-start">
        {t("save")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("confirmTitle")}
        description={[
          isShorter && (wanted.deleted_days ? t("confirmDays", { days: wanted.deleted_days }) : t("confirmAtOnce")),
          isFewer && t("confirmVersions"),
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

/** Nothing typed is null, and what is no number is NaN. */
function numberIn(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
