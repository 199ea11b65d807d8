"use client";

import { type FormEvent, type ReactNode, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

interface NameDialogProps {
  title: string;
  description?: string;
  /** The name that stands; left out for something new. */
  name?: string;
  hint?: string;
  /** Its promise keeps the dialog busy; a refusal is shown in the form, which keeps what was typed. */
  onSave: (name: string) => Promise<unknown>;
  onClose: () => void;
  /** Further fields. */
  children?: ReactNode;
}

/** Makes or renames something that has a name. */
export function NameDialog({ title, description, name, hint, onSave, onClose, children }: NameDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const [typed, setTyped] = useState(name ?? "");
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const taken = problem instanceof Problem && problem.code === "taken";
  const field = problem instanceof Problem ? problem.fields.name : undefined;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (!typed.trim() || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await onSave(typed.trim());
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      className="max-w-md"
      footer={
        <FormFooter form={form} busy={busy} onCancel={onClose}>
          {t(name === undefined ? "create" : "save")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        <Field
          label={t("name")}
          hint={hint}
          error={(checked && !typed.trim() && t("enterName")) || (taken && t("taken")) || field}
        >
          <Input
            autoComplete="off"
            maxLength={200}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setProblem(null);
            }}
          />
        </Field>
        {children}
        {problem !== null && !taken && !field && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
