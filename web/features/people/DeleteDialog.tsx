"use client";

import { useState } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./dialog-messages";
import { useDelete } from "./queries";
import type { Person } from "./types";

/** Says what goes and what stays before it is done. */
export function DeleteDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const t = useMessages(messages);
  const remove = useDelete();
  const [typed, setTyped] = useState("");
  const { id, name, email } = person;

  async function run() {
    await remove.mutateAsync(id);
    toast({ title: t("deleted", { name }), tone: "success" });
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("deleteTitle", { name })}
      description={t("deleteText")}
      confirm={t("delete")}
      danger
      disabled={typed.trim().toLowerCase() !== email}
      onConfirm={run}
    >
      <ul className="mb-5 grid list-disc gap-2 pl-5 text-sm">
        <li>{t("deleteGoes")}</li>
        <li>{t("deleteStays")}</li>
        <li>{t("deleteLocks")}</li>
      </ul>
      <Field label={t("deleteConfirm")} hint={email}>
        <Input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
      </Field>
    </ConfirmDialog>
  );
}
