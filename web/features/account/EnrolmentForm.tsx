"use client";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";

import { CopyButton } from "./CopyButton";
import type { Enrolment } from "./entrance";
import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { stepMessages } from "./step-messages";

interface EnrolmentFormProps {
  enrolment: Enrolment;
  onConfirm: (code: string) => Promise<void>;
}

/** The picture for the app, the key for those who cannot scan it, and the first code. */
export function EnrolmentForm({ enrolment, onConfirm }: EnrolmentFormProps) {
  const t = useMessages(stepMessages);
  const say = useProblemText();
  const { errors, busy, form } = useForm<"code">({
    check: ({ code }) => ({ code: code.trim() ? "" : t("enterCode") }),
    send: ({ code }) => onConfirm(code),
    explain: (problem) => {
      const wrong = problem instanceof Problem && problem.code === "wrong-code";
      return wrong ? { code: say(problem) } : { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      <p className="text-pretty text-muted text-sm">{t("scan")}</p>
      {/* biome-ignore lint/performance/noImgElement: a picture of a few hundred bytes that came with the answer */}
      <img src={enrolment.qr_code} alt={t("qr")} className="mx-auto size-48 rounded-lg bg-white" />
      <div className="grid gap-1.5 text-sm">
        <span className="text-muted">{t("orType")}</span>
        <span className="flex items-center gap-2">
          <code className="min-w-0 flex-1 break-words rounded-lg bg-sunken px-3 py-2 font-mono">
            {enrolment.secret.replace(/(.{4})(?=.)/g, "$1 ")}
          </code>
          <CopyButton text={enrolment.secret} />
        </span>
      </div>
      <Field label={t("firstCode")} error={errors.code}>
        <Input
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          data-autofocus=""
          className="font-mono tracking-widest"
        />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy}>
        {t("turnOn")}
      </Button>
    </form>
  );
}
