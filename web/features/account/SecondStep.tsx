"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";

import { EnrolmentForm } from "./EnrolmentForm";
import { beginEnrolment, confirmEnrolment, giveCode, type Step } from "./entrance";
import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { RecoveryCodes } from "./RecoveryCodes";
import { stepMessages } from "./step-messages";

interface SecondStepProps {
  step: Step;
  onSignedIn: () => void;
  /** The password is asked for again. */
  onAgain: () => void;
}

/** Between the right password and being in: a code, or setting up what makes codes. */
export function SecondStep(props: SecondStepProps) {
  const t = useMessages(stepMessages);
  return (
    <div className="grid gap-4">
      {props.step.step === "enrol" ? <Enrol {...props} /> : <Verify {...props} />}
      <Button variant="ghost" size="sm" className="text-muted" onClick={props.onAgain}>
        {t("again")}
      </Button>
    </div>
  );
}

function Verify({ step, onSignedIn }: SecondStepProps) {
  const t = useMessages(stepMessages);
  const say = useProblemText();
  const [recovery, setRecovery] = useState(false);
  const { errors, busy, form } = useForm<"code">({
    check: ({ code }) => ({ code: code.trim() ? "" : t("enterCode") }),
    send: async ({ code }) => {
      await giveCode(step.challenge, code);
      onSignedIn();
    },
    explain: (problem) => {
      const wrong = problem instanceof Problem && problem.code === "wrong-code";
      return wrong ? { code: say(problem) } : { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      <Field
        key={String(recovery)}
        label={t(recovery ? "recoveryCode" : "code")}
        hint={t(recovery ? "recoveryHint" : "codeHint")}
        error={errors.code}
      >
        <CodeInput recovery={recovery} />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy}>
        {t("continue")}
      </Button>
      <Button variant="ghost" size="sm" className="text-accent" onClick={() => setRecovery(!recovery)}>
        {t(recovery ? "useApp" : "useRecovery")}
      </Button>
    </form>
  );
}

/** It takes the focus when it appears: the step follows a press of Enter. */
export function CodeInput({ recovery = false, ...rest }: { recovery?: boolean; id?: string }) {
  return (
    <Input
      {...rest}
      name="code"
      ref={(element) => element?.focus()}
      inputMode={recovery ? "text" : "numeric"}
      autoComplete={recovery ? "off" : "one-time-code"}
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={40}
      className="font-mono tracking-widest"
    />
  );
}

function Enrol({ step, onSignedIn, onAgain }: SecondStepProps) {
  const t = useMessages(stepMessages);
  const [done, setDone] = useState<Awaited<ReturnType<typeof confirmEnrolment>> | null>(null);
  const enrolment = useQuery({
    queryKey: ["enrolment", step.challenge],
    queryFn: () => beginEnrolment(step.challenge),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

  if (done) {
    const goOn = () => {
      done.enter();
      onSignedIn();
    };
    return <RecoveryCodes codes={done.codes} onDone={goOn} />;
  }
  if (enrolment.isError) return <ErrorState problem={enrolment.error} onRetry={onAgain} className="px-0 py-4" />;
  if (!enrolment.data) return <Skeleton className="h-80" />;
  return (
    <>
      <p className="text-pretty text-sm">{t("required")}</p>
      <EnrolmentForm
        enrolment={enrolment.data}
        onConfirm={async (code) => setDone(await confirmEnrolment(step.challenge, code))}
      />
    </>
  );
}
