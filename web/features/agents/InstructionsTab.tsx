"use client";

import { type FormEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { useWrite } from "./queries";
import { Versions } from "./Versions";

interface InstructionsTabProps {
  agentId: string;
  told: Schemas["InstructionsOut"];
}

/** What the agent is told: written as a new version; those before it stay. */
export function InstructionsTab({ agentId, told }: InstructionsTabProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const write = useWrite(agentId);
  const [typed, setTyped] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const text = typed ?? told.text;
  const isChanged = text.trim() !== told.text;

  const save = (activate: boolean) => {
    if (!isChanged || write.isPending) return;
    write.mutate(
      { text: text.trim(), note: note.trim(), changes: told.changes, activate },
      {
        onSuccess: (saved) => {
          if (activate) setTyped(null);
          setNote("");
          toast({ title: t(activate ? "written" : "drafted", { number: saved.newest }), tone: "success" });
        },
      },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(true);
  };
  return (
    <div className="grid gap-10 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <form onSubmit={submit} className="grid content-start gap-4">
        <Field label={t("told")} hint={t("toldHint")}>
          <Textarea rows={12} maxLength={20_000} value={text} onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <p className="text-muted text-sm">{told.active ? t("counts", { number: told.active }) : t("none")}</p>
        {isChanged && (
          <Field label={t("note")}>
            <Input maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
          </Field>
        )}
        {write.error && (
          <p role="alert" className="text-danger text-sm">
            {say(write.error)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={write.isPending} disabled={!isChanged}>
            {t("saveUse")}
          </Button>
          <Button variant="secondary" disabled={!isChanged || write.isPending} onClick={() => save(false)}>
            {t("draft")}
          </Button>
          {isChanged && (
            <Button variant="ghost" onClick={() => setTyped(null)}>
              {t("undo")}
            </Button>
          )}
        </div>
      </form>
      <Versions agentId={agentId} told={told} onEdit={setTyped} />
    </div>
  );
}
