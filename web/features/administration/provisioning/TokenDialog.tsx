"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Token, useCreateToken, useRotateToken } from "./queries";

const LIFETIMES = [30, 90, 180, 365];

interface TokenDialogProps {
  /** The one that is replaced; left out for a new one. */
  token?: Token;
  onClose: () => void;
}

/** Asks for what a token needs, then shows it: once. */
export function TokenDialog({ token, onClose }: TokenDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const create = useCreateToken();
  const rotate = useRotateToken();
  const [name, setName] = useState("");
  const [days, setDays] = useState(365);
  const [checked, setChecked] = useState(false);
  const made = create.data ?? rotate.data;
  const problem = create.error ?? rotate.error;
  const busy = create.isPending || rotate.isPending;
  if (made && !busy) {
    return (
      <Dialog
        key="made"
        open
        onOpenChange={onClose}
        title={t("madeTitle", { name: made.scim_token.name })}
        description={t("madeLead")}
        footer={<Button onClick={onClose}>{t("done")}</Button>}
      >
        <CopyField label={t("token")} value={made.token} />
      </Dialog>
    );
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (busy) return;
    if (token) rotate.mutate({ id: token.id, expires_in_days: days });
    else if (name.trim()) create.mutate({ name: name.trim(), expires_in_days: days });
  }
  return (
    <Dialog
      key="asked"
      open
      onOpenChange={onClose}
      title={token ? t("rotateTitle", { name: token.name }) : t("tokenTitle")}
      description={token && t("rotateText")}
      className="max-w-md"
      footer={
        <FormFooter form={form} danger={token !== undefined} busy={busy} onCancel={onClose}>
          {t(token ? "rotateDo" : "make")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {!token && (
          <Field label={t("name")} hint={t("tokenHint")} error={checked && !name.trim() && t("enterName")}>
            <Input autoComplete="off" maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        <Field label={t("lifetime")}>
          <Select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {LIFETIMES.map((one) => (
              <option key={one} value={one}>
                {t("days", { count: one })}
              </option>
            ))}
          </Select>
        </Field>
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
