"use client";

import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";
import { enter, type Step } from "./entrance";
import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { messages } from "./messages";
import { PasswordInput } from "./PasswordInput";

// Most people never see it.
const SecondStep = dynamic(() => import("./SecondStep").then((module) => module.SecondStep), { ssr: false });

interface SignInFormProps {
  onSignedIn: () => void;
  /** Whose sign-in has ended; left out, anybody's. */
  email?: string | undefined;
}

/** The password, and where that is not enough, the second step in its place. */
export function SignInForm({ onSignedIn, email }: SignInFormProps) {
  const [step, setStep] = useState<Step | null>(null);
  if (step) return <SecondStep step={step} onSignedIn={onSignedIn} onAgain={() => setStep(null)} />;
  return <PasswordStep onSignedIn={onSignedIn} onStep={setStep} email={email} />;
}

function PasswordStep({ onSignedIn, onStep, email }: SignInFormProps & { onStep: (step: Step) => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const { errors, busy, form } = useForm<"email" | "password">({
    check: (values) => ({
      email: values.email.trim() ? "" : t("enterEmail"),
      password: values.password ? "" : t("enterPassword"),
    }),
    send: async (values) => {
      const step = await enter("/api/auth/login", { email: values.email.trim(), password: values.password });
      if (step) onStep(step);
      else onSignedIn();
    },
    explain: (problem) => {
      if (problem instanceof Problem && problem.status === 401) return { form: t("wrongCredentials") };
      if (problem instanceof Problem && problem.code === "password-sign-in-off") return { form: t("passwordOff") };
      return { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      <Field label={t("email")} error={errors.email}>
        <Input
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          readOnly={email !== undefined}
          defaultValue={email}
          data-autofocus={email === undefined ? "" : undefined}
        />
      </Field>
      <Field label={t("password")} error={errors.password}>
        <PasswordInput
          name="password"
          autoComplete="current-password"
          data-autofocus={email === undefined ? undefined : ""}
        />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy} className="w-full">
        {t("signIn")}
      </Button>
    </form>
  );
}
