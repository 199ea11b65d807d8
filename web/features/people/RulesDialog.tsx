"use client";

import { type FormEvent, useId, useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import { Problem, type Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./dialog-messages";
import { domainsOf } from "./power";
import { useTenantSettings, useUpdateTenantSettings } from "./queries";
import { type Me, POLICIES, type Policy } from "./types";

/** Who needs a second factor, and who may sign up. */
export function RulesDialog({ me, onClose }: { me: Me | undefined; onClose: () => void }) {
  const t = useMessages(messages);
  const form = useId();
  const settings = useTenantSettings();
  const update = useUpdateTenantSettings();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("rulesTitle")}
      description={t("rulesText", { tenant: me?.tenant.name ?? "" })}
      footer={
        <FormFooter form={form} busy={update.isPending} disabled={!settings.data} onCancel={onClose}>
          {t("save")}
        </FormFooter>
      }
    >
      {settings.isPending && <Skeleton className="h-48" />}
      {settings.isError && <ErrorState problem={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data && (
        <RulesForm
          id={form}
          settings={settings.data}
          problem={update.error}
          onSave={(body) =>
            update.mutate(body, {
              onSuccess: () => {
                toast({ title: t("rulesSaved"), tone: "success" });
                onClose();
              },
            })
          }
        />
      )}
    </Dialog>
  );
}

interface RulesFormProps {
  id: string;
  settings: Schemas["TenantSettings"];
  problem: unknown;
  onSave: (body: Schemas["TenantSettingsChange"]) => void;
}

function RulesForm({ id, settings, problem, onSave }: RulesFormProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [policy, setPolicy] = useState<Policy>(settings.second_factor);
  const [signUp, setSignUp] = useState(settings.sign_up);
  const [domains, setDomains] = useState(settings.sign_up_domains.join("\n"));
  const own = problem instanceof Problem && problem.code === "second-factor";

  function submit(event: FormEvent) {
    event.preventDefault();
    onSave({ second_factor: policy, sign_up: signUp, sign_up_domains: domainsOf(domains) });
  }
  return (
    <form id={id} noValidate onSubmit={submit} className="grid gap-5">
      <Field label={t("policy")} hint={t("policyHint")} error={own && t("toOwnFactor")}>
        <Select value={policy} onChange={(event) => setPolicy(event.target.value as Policy)}>
          {POLICIES.map((one) => (
            <option key={one} value={one}>
              {t(`policy_${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Checkbox label={t("signUp")} hint={t("signUpHint")} checked={signUp} onCheckedChange={setSignUp} />
      {signUp && (
        <Field label={t("domains")} hint={t("domainsHint")}>
          <Textarea rows={3} value={domains} onChange={(event) => setDomains(event.target.value)} />
        </Field>
      )}
      {problem !== null && !own && (
        <p role="alert" className="text-danger text-sm">
          {say(problem)}
        </p>
      )}
    </form>
  );
}
