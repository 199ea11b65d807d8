"use client";

import { type FormEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { useProviders, useRoute, useSetRoute } from "./queries";

const FOLLOWS = "";
/** The installation's own provider has no id. */
const OWN = "installation";

/** Which model answers for the agent; its bounds stay as they are. */
export function ModelSection({ agentId }: { agentId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const route = useRoute(agentId);
  const providers = useProviders();
  const set = useSetRoute(agentId);
  const [typed, setTyped] = useState<{ provider?: string; model?: string }>({});
  if (!route.data || !providers.data) return null;
  const [first, ...behind] = route.data.candidates;
  const provider = typed.provider ?? (first ? (first.provider_id ?? OWN) : FOLLOWS);
  const model = typed.model ?? first?.model ?? "";
  const incomplete = provider !== FOLLOWS && !model.trim();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (incomplete || set.isPending || !route.data) return;
    const { version, temperature, max_tokens, deadline_seconds, patience_seconds } = route.data;
    const candidates = [{ provider_id: provider === OWN ? null : provider, model: model.trim() }];
    const body = { version, temperature, max_tokens, deadline_seconds, patience_seconds, candidates };
    set.mutate(provider === FOLLOWS ? null : body, {
      onSuccess: () => {
        setTyped({});
        toast({ title: t("modelSaved"), tone: "success" });
      },
    });
  };
  return (
    <section aria-labelledby="agent-model">
      <h2 id="agent-model" className="font-semibold text-lg">
        {t("model")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("modelHint")}</p>
      <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
        <Field label={t("provider")}>
          <Select value={provider} onChange={(event) => setTyped({ ...typed, provider: event.target.value })}>
            <option value={FOLLOWS}>{t("modelFollows")}</option>
            {(provider === OWN || route.data.follows === "environment") && (
              <option value={OWN}>{t("installation")}</option>
            )}
            {providers.data.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        </Field>
        {provider !== FOLLOWS && (
          <Field label={t("modelName")} hint={incomplete ? t("modelMissing") : undefined}>
            <Input
              maxLength={150}
              value={model}
              onChange={(event) => setTyped({ ...typed, model: event.target.value })}
            />
          </Field>
        )}
        {behind.length > 0 && (
          <p className="text-muted text-sm sm:col-span-2">{t("fallbacks", { count: behind.length })}</p>
        )}
        {set.error && (
          <p role="alert" className="text-danger text-sm sm:col-span-2">
            {say(set.error)}
          </p>
        )}
        <Button
          type="submit"
          variant="secondary"
          busy={set.isPending}
          disabled={incomplete || Object.keys(typed).length === 0}
          className="justify-self-start"
        >
          {t("save")}
        </Button>
      </form>
    </section>
  );
}
