"use client";

import { useState } from "react";

import { type Subject, SubjectPicker } from "@/components/access/SubjectPicker";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { type Grant, usePutGrant } from "./queries";

export function AddGrant({ agentId }: { agentId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const put = usePutGrant(agentId);
  const [picked, setPicked] = useState<Subject | null>(null);
  const [level, setLevel] = useState<Grant["level"]>("read");
  /** A new picker, empty again, after each grant. */
  const [round, setRound] = useState(0);

  const add = () => {
    if (!picked || put.isPending) return;
    put.mutate(
      { subject_kind: picked.kind, subject_id: picked.id, level },
      {
        onSuccess: () => {
          toast({ title: t("added", { name: picked.name }), tone: "success" });
          setPicked(null);
          setRound(round + 1);
        },
      },
    );
  };
  return (
    <section aria-labelledby="agent-give">
      <h2 id="agent-give" className="font-semibold text-lg">
        {t("add")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("addText")}</p>
      <form
        className="flex flex-col gap-4 rounded-xl border border-line bg-raised p-5"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <SubjectPicker key={round} label={t("subject")} picked={picked} onPick={setPicked} />
        <Field label={t("level")}>
          <Select value={level} onChange={(event) => setLevel(event.target.value as Grant["level"])}>
            <option value="read">{t("read")}</option>
            <option value="manage">{t("manage")}</option>
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
