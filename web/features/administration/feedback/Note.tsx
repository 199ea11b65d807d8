"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/label";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Entry } from "./queries";

const LONGEST = 4000;

/** What the reviewers tell each other; nothing typed is lost when it cannot be stored. */
export function Note({ entry, onSave }: { entry: Entry; onSave: (note: string) => Promise<unknown> }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const isChanged = draft !== null && draft.trim() !== entry.note;

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (draft === null) return;
    setSaving(true);
    setProblem(null);
    try {
      await onSave(draft.trim());
      setDraft(null);
      toast({ title: t("noteSaved"), tone: "success" });
    } catch (refused) {
      setProblem(refused);
    } finally {
      setSaving(false);
    }
  };

  return (
    <form onSubmit={save} className="mt-3 grid max-w-2xl gap-1.5">
      <Label htmlFor={id}>{t("note")}</Label>
      <Textarea
        id={id}
        rows={draft === null && !entry.note ? 1 : 2}
        maxLength={LONGEST}
        value={draft ?? entry.note}
        aria-invalid={problem !== null || undefined}
        aria-describedby={problem !== null ? `${id}-problem` : undefined}
        onChange={(event) => setDraft(event.target.value)}
      />
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="text-danger text-sm">
          {say(problem)}
        </p>
      )}
      {isChanged && (
        <div>
          <Button size="sm" type="submit" busy={isSaving}>
            {t("saveNote")}
          </Button>
        </div>
      )}
    </form>
  );
}
