"use client";

import type { UseMutationResult } from "@tanstack/react-query";
import { useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { type GrantWords, messages } from "./grant-messages";
import { type Subject, SubjectPicker } from "./SubjectPicker";

type Level = Schemas["GrantOut"]["level"];

interface AddGrantProps {
  put: UseMutationResult<unknown, Error, Schemas["GrantIn"]>;
  words: GrantWords;
}

/** Gives a right to a person, a group, a department or everybody. */
export function AddGrant({ put, words }: AddGrantProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const [picked, setPicked] = useState<Subject | null>(null);
  const [level, setLevel] = useState<Level>("read");
  /** A new picker, empty again, after each grant. */
  const [round, setRound] = useState(0);

  function add() {
    if (!picked || put.isPending) return;
    put.mutate(
      { subject_kind: picked.kind, subject_id: picked.id, level },
      {
        onSuccess: () => {
          toast({ title: words("added", { name: picked.name }), tone: "success" });
          setPicked(null);
          setRound(round + 1);
        },
      },
    );
  }

  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="font-semibold text-lg">
        {words("add")}
      </h2>
      <p className="mb-3 text-muted text-sm">{words("addText")}</p>
      <form
        className="flex flex-col gap-4 rounded-xl border border-line bg-raised p-5"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <SubjectPicker key={round} label={t("subject")} picked={picked} onPick={setPicked} />
        <Field label={t("level")}>
          <Select value={level} onChange={(event) => setLevel(event.target.value as Level)}>
            <option value="read">{words("read")}</option>
            <option value="manage">{words("manage")}</option>
          </Select>
        </Field>
        {put.error && (
          <p role="alert" className="text-danger text-sm">
            {say(put.error)}
          </p>
        )}
        <Button type="submit" busy={put.isPending} disabled={!picked} className="self-start">
          {t("addIt")}
        </Button>
      </form>
    </section>
  );
}
