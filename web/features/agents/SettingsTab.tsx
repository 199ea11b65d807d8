"use client";

import { type FormEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { Choice } from "./Choice";
import { DeleteSection } from "./DeleteSection";
import { ModelSection } from "./ModelSection";
import { messages } from "./part-messages";
import { type Agent, type AgentSettings, useMe, useReadable, useTools, useUpdate } from "./queries";
import { Starters } from "./Starters";

interface Values {
  name: string;
  description: string;
  starters: string[];
  /** null: everything that whoever asks may read. */
  shelves: string[] | null;
  tools: string[] | null;
  enabled: boolean;
}

export function SettingsTab({ agent, settings }: { agent: Agent; settings: AgentSettings }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const me = useMe();
  const readable = useReadable();
  const tools = useTools();
  const update = useUpdate(agent.id);
  const [changes, setChanges] = useState<Partial<Values>>({});
  const [tried, setTried] = useState(false);
  const offered = tools.data ?? [];
  const saved: Values = {
    name: agent.name,
    description: agent.description,
    starters: agent.starters,
    shelves: agent.knowledge_bases?.map((one) => one.id) ?? null,
    // Those that one may not use oneself stay without being sent.
    tools: settings.tools?.filter((name) => offered.some((one) => one.name === name)) ?? null,
    enabled: agent.enabled,
  };
  const values = { ...saved, ...changes };
  const change = (some: Partial<Values>) => setChanges({ ...changes, ...some });
  const nameless = !values.name.trim();
  const nowhere = values.shelves?.length === 0 && changes.shelves !== undefined;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (nameless || nowhere || update.isPending) return;
    const body: Record<string, unknown> = { version: settings.version };
    if (changes.name !== undefined) body.name = changes.name.trim();
    if (changes.description !== undefined) body.description = changes.description.trim();
    if (changes.starters) body.starters = changes.starters.map((one) => one.trim()).filter(Boolean);
    if (changes.shelves !== undefined) body.knowledge_base_ids = changes.shelves;
    if (changes.tools !== undefined) body.tools = changes.tools;
    if (changes.enabled !== undefined) body.enabled = changes.enabled;
    update.mutate(body as Parameters<typeof update.mutate>[0], {
      onSuccess: () => {
        setChanges({});
        setTried(false);
        toast({ title: t("saved"), tone: "success" });
      },
    });
  };
  const dirty = Object.keys(changes).length > 0;
  return (
    <div className="grid max-w-3xl gap-12">
      <form noValidate onSubmit={submit} className="grid gap-8">
        <div className="grid gap-5">
          <Field label={t("name")} error={tried && nameless && t("nameMissing")}>
            <Input maxLength={100} value={values.name} onChange={(event) => change({ name: event.target.value })} />
          </Field>
          <Field label={t("description")} hint={t("descriptionHint")}>
            <Textarea
              rows={2}
              maxLength={500}
              value={values.description}
              onChange={(event) => change({ description: event.target.value })}
            />
          </Field>
        </div>
        <Choice
          legend={t("where")}
          all={t("whereAll")}
          some={t("whereSome")}
          hint={t("whereHint")}
          error={tried && nowhere ? t("whereNone") : undefined}
          options={readable.data?.map((one) => ({ value: one.id, label: one.name }))}
          chosen={values.shelves}
          onChoose={(shelves) => change({ shelves })}
        />
        <Choice
          legend={t("tools")}
          all={t("toolsAll")}
          some={t("toolsSome")}
          hint={values.tools === null ? undefined : t("toolsHint")}
          options={offered.map((one) => ({ value: one.name, label: one.name, hint: one.description }))}
          chosen={values.tools}
          onChoose={(chosen) => change({ tools: chosen })}
        />
        <Starters starters={values.starters} onChange={(starters) => change({ starters })} />
        <Checkbox
          checked={values.enabled}
          onCheckedChange={(enabled) => change({ enabled })}
          label={t("enabled")}
          hint={t("enabledHint")}
        />
        {update.error && (
          <p role="alert" className="text-danger text-sm">
            {say(update.error)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={update.isPending} disabled={!dirty}>
            {t("save")}
          </Button>
          {dirty && (
            <Button variant="ghost" onClick={() => setChanges({})}>
              {t("undo")}
            </Button>
          )}
        </div>
      </form>
      {me.data?.permissions.includes("models.manage") && <ModelSection agentId={agent.id} />}
      <DeleteSection agent={agent} />
    </div>
  );
}
