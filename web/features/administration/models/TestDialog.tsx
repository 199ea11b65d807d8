"use client";

import { CircleCheck, CircleX } from "lucide-react";
import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { ModelField } from "./ModelField";
import { messages } from "./messages";
import { OWN, type Trial, useTest } from "./queries";

interface TestDialogProps {
  /** OWN for the installation's own provider, whose model is set. */
  id: string;
  name: string;
  azure: boolean;
  model?: string;
  onClose: () => void;
}

/** A short real call, and what came of it. */
export function TestDialog({ id, name, azure, model: first = "", onClose }: TestDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const test = useTest();
  const [model, setModel] = useState(first);
  const [checked, setChecked] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (model.trim() && !test.isPending) test.mutate({ id, model: model.trim() });
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("testTitle", { name })}
      description={t("testLead")}
      className="max-w-lg"
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {t("close")}
          </Button>
          <Button type="submit" form={form} busy={test.isPending}>
            {t("run")}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {id === OWN ? (
          <p className="text-sm">
            {t("model")}: <span className="font-medium">{model}</span>
          </p>
        ) : (
          <ModelField
            provider={id}
            azure={azure}
            value={model}
            error={checked && !model.trim() && t("enterModel")}
            onChange={setModel}
          />
        )}
        <div aria-live="polite">
          {test.data && !test.isPending && <Outcome trial={test.data} />}
          {test.error && <p className="text-danger text-sm">{say(test.error)}</p>}
        </div>
      </form>
    </Dialog>
  );
}

function Outcome({ trial }: { trial: Trial }) {
  const t = useMessages(messages);
  const { number } = useFormats();
  const Mark = trial.answered ? CircleCheck : CircleX;
  return (
    <div className="flex gap-3 rounded-lg bg-sunken p-3 text-sm">
      <Mark aria-hidden className={trial.answered ? "size-5 shrink-0 text-success" : "size-5 shrink-0 text-danger"} />
      <div className="grid min-w-0 gap-1">
        <p className="font-medium">{t(trial.answered ? "works" : "fails")}</p>
        {trial.text && <p className="break-words">“{trial.text}”</p>}
        <p className="break-words text-muted">
          {trial.failure ??
            t("worksText", { first: number(trial.first_token_ms ?? trial.total_ms), total: number(trial.total_ms) })}
        </p>
      </div>
    </div>
  );
}
