"use client";

import { type FormEvent, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Folder, renameFolder } from "./queries";

interface RenameDialogProps {
  folder: Folder;
  onSaved: () => Promise<unknown>;
  onClose: () => void;
}

export function RenameDialog({ folder, onSaved, onClose }: RenameDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const [name, setName] = useState(folder.name);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    setProblem(null);
    try {
      await renameFolder(folder.id, name.trim());
      await onSaved();
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("rename")}
      className="max-w-md"
      footer={
        <FormFooter form={form} busy={busy} onCancel={onClose}>
          {t("save")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        <Field label={t("name")} error={!name.trim() && t("enterName")}>
          <Input autoComplete="off" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {problem !== null && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
