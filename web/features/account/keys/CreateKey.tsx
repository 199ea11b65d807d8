"use client";

import { Check, Copy } from "lucide-react";
import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { FormProblem } from "../FormProblem";
import { messages } from "./messages";
import { type Scope, useCreateKey } from "./queries";

const SCOPES: readonly Scope[] = ["ask", "knowledge", "administer"];
const LIFETIMES = [7, 30, 90, 365];

/** Asks what the key is for, then shows it: once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  if (create.data) return <Made name={create.data.key.name} secret={create.data.secret} onClose={onClose} />;
  return <Wanted create={create} onClose={onClose} />;
}

function Wanted({ create, onClose }: { create: ReturnType<typeof useCreateKey>; onClose: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["ask"]);
  const [days, setDays] = useState(90);
  const [checked, setChecked] = useState(false);
  const nameError = checked && !name.trim() ? t("enterName") : "";
  const scopeError = checked && !scopes.length ? t("chooseScope") : "";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!name.trim() || !scopes.length || create.isPending) return;
    create.mutate({ name: name.trim(), scopes: [...scopes], expires_in_days: days });
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("makeTitle")}
      footer={
        <FormFooter form={form} busy={create.isPending} onCancel={onClose}>
          {t("create")}
        </FormFooter>
      }
    >
      <form id={form} onSubmit={submit} noValidate className="grid gap-5">
        <Field label={t("name")} hint={t("nameHint")} error={nameError}>
          <Input value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
        </Field>
        <fieldset className="grid gap-2">
          <legend className="mb-1.5 font-medium">{t("scopes")}</legend>
          {SCOPES.map((scope) => (
            <Checkbox
              key={scope}
              label={t(`scope_${scope}`)}
              checked={scopes.includes(scope)}
              onCheckedChange={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
            />
          ))}
          {scopeError && (
            <p role="alert" className="text-danger text-sm">
              {scopeError}
            </p>
          )}
        </fieldset>
        <Field label={t("lifetime")}>
          <Select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {LIFETIMES.map((one) => (
              <option key={one} value={one}>
                {t("days", { count: one })}
              </option>
            ))}
          </Select>
        </Field>
        <FormProblem text={create.isError ? say(create.error) : ""} />
      </form>
    </Dialog>
  );
}

function Made({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const t = useMessages(messages);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("madeTitle")}
      description={t("madeLead")}
      footer={<Button onClick={onClose}>{t("done")}</Button>}
    >
      <div className="grid gap-3">
        <Field label={t("secret", { name })} hint={t("how")}>
          <Input readOnly value={secret} className="font-mono text-sm" onFocus={(event) => event.target.select()} />
        </Field>
        <div>
          <Button variant="secondary" onClick={copy}>
            {copied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
            <span aria-live="polite">{t(copied ? "copied" : "copy")}</span>
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
