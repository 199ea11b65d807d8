"use client";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";
import { signIn } from "@/lib/session";

import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { messages } from "./messages";
import { PasswordInput } from "./PasswordInput";

interface SignInFormProps {
  onSignedIn: () => void;
  /** Whose sign-in has ended; left out, anybody's. */
  email?: string | undefined;
}

export function SignInForm({ onSignedIn, email }: SignInFormProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const { errors, busy, form } = useForm<"email" | "password">({
    check: (values) => ({
      email: values.email.trim() ? "" : t("enterEmail"),
      password: values.password ? "" : t("enterPassword"),
    }),
    send: async (values) => {
      await signIn(values.email.trim(), values.password);
      onSignedIn();
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
