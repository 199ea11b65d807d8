"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import type { Conversation } from "../types";
import { messages } from "./messages";
import { createFolder, foldersKey, moveConversation, useFolders } from "./queries";

const NONE = "";
const ANOTHER = "another";

/** Puts a conversation into a folder, a new one if need be, or takes it out. */
export function MoveDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const form = useId();
  const folders = useFolders();
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const nothingYet = folders.data?.length === 0 ? ANOTHER : NONE;
  const where = chosen ?? conversation.folder_id ?? nothingYet;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || (where === ANOTHER && !name.trim())) return;
    setBusy(true);
    setProblem(null);
    try {
      const to = where === ANOTHER ? (await createFolder(name.trim())).id : where || null;
      await moveConversation(conversation.id, to);
      await Promise.all([foldersKey, keys.conversations].map((queryKey) => client.invalidateQueries({ queryKey })));
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
      title={t("move", { title: conversation.title })}
      className="max-w-md"
      footer={
        <FormFooter form={form} busy={busy} disabled={where === ANOTHER && !name.trim()} onCancel={onClose}>
          {t("moveHere")}
        </FormFooter>
      }
    >
      <form id={form} onSubmit={submit} className="grid gap-4">
        <Field label={t("folder")}>
          <Select value={where} onChange={(event) => setChosen(event.target.value)}>
            <option value={NONE}>{t("none")}</option>
            {folders.data?.map((folder) => (
              <option key={folder.id} value={folder.id}>
                {folder.name}
              </option>
            ))}
            <option value={ANOTHER}>{t("another")}</option>
          </Select>
        </Field>
        {where === ANOTHER && (
          <Field label={t("name")}>
            <Input autoComplete="off" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        {problem !== null && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
