"use client";

import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { useProblemText } from "@/components/ui/problem-text";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Prompt, useWrite } from "./queries";
import { Trial } from "./Trial";

const LONGEST = 20_000;
const LONGEST_NOTE = 500;

interface EditorProps {
  prompt: Prompt;
  /** The words of a version to begin from; null begins from what counts. */
  start: string | null;
}

/** A new version is written here; what is typed stays until it is saved or undone. */
export function Editor({ prompt, start }: EditorProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const write = useWrite();
  const [typed, setTyped] = useState<string | null>(start);
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  const text = typed ?? prompt.text;
  const isChanged = text.trim() !== prompt.text;

  const save = async (activate: boolean) => {
    setProblem(null);
    try {
      const saved = await write.mutateAsync({
        text: text.trim(),
        note: note.trim(),
        changes: prompt.changes,
        activate,
      });
      if (activate) setTyped(null);
      setNote("");
      toast({ title: t(activate ? "saved" : "drafted", { number: saved.newest }), tone: "success" });
    } catch (refused) {
      setProblem(refused);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(true);
  };

  return (
    <div className="min-w-0 space-y-8">
      <form onSubmit={submit} className="grid gap-4">
        <div className="grid gap-1.5">
          <Label htmlFor={`${id}-text`}>{t("wishes")}</Label>
          <Textarea
            id={`${id}-text`}
            rows={10}
            maxLength={LONGEST}
            value={text}
            aria-describedby={`${id}-hint`}
            onChange={(event) => setTyped(event.target.value)}
          />
          <p id={`${id}-hint`} className="text-muted text-sm">
            {prompt.active ? t("wishesHint", { number: prompt.active }) : t("none")}
          </p>
        </div>
        {isChanged && (
          <div className="grid gap-1.5">
            <Label htmlFor={`${id}-note`}>{t("note")}</Label>
            <Input
              id={`${id}-note`}
              maxLength={LONGEST_NOTE}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          </div>
        )}
        {problem !== null && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={write.isPending} disabled={!isChanged}>
            {t("save")}
          </Button>
          <Button variant="secondary" disabled={!isChanged || write.isPending} onClick={() => void save(false)}>
            {t("draft")}
          </Button>
          {isChanged && (
            <Button variant="ghost" onClick={() => setTyped(null)}>
              {t("reset")}
            </Button>
          )}
        </div>
      </form>
      <Trial text={text} />
    </div>
  );
}
