"use client";

import { type FormEvent, useId, useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { TextInput } from "../TextInput";
import { messages } from "./messages";
import { type Kind, type Provider, useCreateProvider, useUpdateProvider } from "./queries";

const KINDS: readonly Kind[] = ["openai", "azure", "anthropic", "google", "ollama", "openai-compatible"];
const OWN_ADDRESS: readonly Kind[] = ["openai", "anthropic", "google"];

/** Where the key comes from; else the name of a variable. */
const KEEP = "keep";
const ENTER = "enter";
const NONE = "none";
const VARIABLE = "variable:";

interface ProviderDialogProps {
  /** Left out for a new one. */
  provider?: Provider;
  /** Variables that may hold a key, each with its host. */
  names: Readonly<Record<string, string>>;
  onSaved: (provider: Provider) => void;
  onClose: () => void;
}

/** The kind first, then what that kind needs. */
export function ProviderDialog({ provider, names, onSaved, onClose }: ProviderDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useProblemText();
  const form = useId();
  const create = useCreateProvider();
  const update = useUpdateProvider();
  const [values, setValues] = useState(() => begin(provider));
  const [checked, setChecked] = useState(false);
  const set = (changes: Partial<typeof values>) => setValues({ ...values, ...changes });
  const { kind, source } = values;
  const wrong = {
    name: !values.name.trim(),
    address: !OWN_ADDRESS.includes(kind) && !values.address.trim(),
    key: source === ENTER && !values.key.trim(),
  };
  const problem = create.error ?? update.error;
  const busy = create.isPending || update.isPending;
  const hints: Partial<Record<Kind, string>> = { azure: t("addressAzure"), ollama: t("addressOllama") };

  /** Ollama has no keys of its own. */
  const chooseKind = (chosen: Kind) => set({ kind: chosen, source: chosen === "ollama" ? NONE : ENTER });

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (wrong.name || wrong.address || wrong.key || busy) return;
    const fields = {
      name: values.name.trim(),
      base_url: values.address.trim(),
      region: values.region.trim(),
      api_version: values.version.trim(),
      enabled: values.enabled,
      ...keyOf(source, values.key.trim()),
    };
    try {
      const saved = provider
        ? await update.mutateAsync({ id: provider.id, version: provider.version, ...fields })
        : await create.mutateAsync({ kind, ...fields, key_env: fields.key_env ?? "" });
      toast({ title: c("saved", { name: saved.name }), tone: "success" });
      onSaved(saved);
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={provider ? t("editTitle", { name: provider.name }) : t("newTitle")}
      className="max-w-lg"
      footer={
        <FormFooter form={form} busy={busy} onCancel={onClose}>
          {c("save")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {!provider && (
          <Field label={t("kind")}>
            <Select value={kind} onChange={(event) => chooseKind(event.target.value as Kind)}>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {t(`kind_${one}`)}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <Field label={c("name")} hint={t("nameHint")} error={checked && wrong.name && c("enterName")}>
          <TextInput value={values.name} maxLength={100} onText={(name) => set({ name })} />
        </Field>
        <Field
          label={t("address")}
          hint={hints[kind] ?? t(OWN_ADDRESS.includes(kind) ? "addressOptional" : "addressNeeded")}
          error={checked && wrong.address && t("enterAddress")}
        >
          <TextInput value={values.address} maxLength={500} inputMode="url" onText={(address) => set({ address })} />
        </Field>
        <div className="grid items-start gap-4 sm:grid-cols-2">
          {kind === "azure" && (
            <Field label={t("version")} hint={t("versionHint")}>
              <TextInput value={values.version} maxLength={40} onText={(version) => set({ version })} />
            </Field>
          )}
          <Field label={t("region")} hint={t("regionHint")} className={kind === "azure" ? "" : "sm:col-span-2"}>
            <TextInput value={values.region} maxLength={40} onText={(region) => set({ region })} />
          </Field>
        </div>
        <Field label={t("credential")}>
          <Select value={source} onChange={(event) => set({ source: event.target.value })}>
            {provider?.key_source === "stored" && <option value={KEEP}>{t("keep")}</option>}
            <option value={ENTER}>{t("enter")}</option>
            {Object.entries(names).map(([name, host]) => (
              <option key={name} value={VARIABLE + name}>
                {t("fromVariable", { name, host })}
              </option>
            ))}
            <option value={NONE}>{t("without")}</option>
          </Select>
        </Field>
        {source === ENTER && (
          <Field label={t("newKey")} hint={t("newKeyHint")} error={checked && wrong.key && t("enterKey")}>
            <TextInput value={values.key} type="password" maxLength={2000} onText={(key) => set({ key })} />
          </Field>
        )}
        {provider && (
          <Checkbox
            label={t("enabled")}
            hint={t("enabledHint")}
            checked={values.enabled}
            onCheckedChange={(enabled) => set({ enabled })}
          />
        )}
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function begin(provider?: Provider) {
  const sources = { none: NONE, stored: KEEP, environment: VARIABLE + (provider?.key_env ?? "") };
  return {
    kind: provider?.kind ?? ("openai" as Kind),
    name: provider?.name ?? "",
    address: provider?.base_url ?? "",
    region: provider?.region ?? "",
    version: provider?.api_version ?? "",
    enabled: provider?.enabled ?? true,
    source: provider ? sources[provider.key_source] : ENTER,
    key: "",
  };
}

/** What is sent of the key: nothing keeps it. */
function keyOf(source: string, key: string): { key_env?: string; new_key?: string } {
  if (source === KEEP) return {};
  if (source === ENTER) return { key_env: "", new_key: key };
  return { key_env: source === NONE ? "" : source.slice(VARIABLE.length) };
}
