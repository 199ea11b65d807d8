"use client";

import { type FormEvent, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useCreate } from "./queries";

interface CreateDialogProps {
  onClose: () => void;
  onCreated: (id: string) => void;
}

export function CreateDialog({ onClose, onCreated }: CreateDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const create = useCreate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [missing, setMissing] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(!name.trim());
    if (!name.trim() || create.isPending) return;
    create.mutate({ name: name.trim(), description: description.trim() } as Parameters<typeof create.mutate>[0], {
      onSuccess: ({ id }) => onCreated(id),
    });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("create")}
      description={t("createText")}
      footer={
        <FormFooter form={form} busy={create.isPending} onCancel={onClose}>
          {t("createIt")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
        <Field label={t("name")} error={missing && t("nameMissing")}>
          <Input data-autofocus="" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("description")} hint={t("descriptionHint")}>
          <Textarea
            rows={3}
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        {create.error && (
          <p role="alert" className="text-danger text-sm">
            {say(create.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
