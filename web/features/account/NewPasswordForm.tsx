"use client";

import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";

import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { messages } from "./messages";
import { PasswordInput } from "./PasswordInput";
import { StrengthMeter } from "./StrengthMeter";
import { MIN_LENGTH, strengthOf } from "./strength";

type Name = "name" | "email" | "password";

interface NewPasswordFormProps {
  /** What is asked for besides the password. */
  asks: { name: boolean; email: boolean };
  /** Whose password it becomes, where that is settled. */
  email?: string;
  name?: string;
  action: string;
  onSend: (values: Record<Name, string>) => Promise<void>;
}

export function NewPasswordForm({ asks, email, name, action, onSend }: NewPasswordFormProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [typed, setTyped] = useState("");
  const { errors, busy, form } = useForm<Name>({
    check: (values) => ({
      name: !asks.name || values.name.trim() ? "" : t("enterName"),
      email: !asks.email || /^\S+@\S+$/.test(values.email.trim()) ? "" : t("checkEmail"),
      password:
        !values.password || strengthOf(values.password).level === "short" ? t("tooShort", { count: MIN_LENGTH }) : "",
    }),
    send: onSend,
    explain: (problem) => {
      const known = problem instanceof Problem ? problem : null;
      if (known?.code === "weak-password") return { password: say(problem) };
      return known?.fields.email ? { email: t("checkEmail") } : { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      {/* Password managers need to know whose password it is. */}
      {!asks.email && <input type="text" name="email" autoComplete="username" value={email ?? ""} readOnly hidden />}
      {asks.name && (
        <Field label={t("name")} error={errors.name}>
          <Input name="name" autoComplete="name" maxLength={200} defaultValue={name} />
        </Field>
      )}
      {asks.email && (
        <Field label={t("email")} error={errors.email}>
          <Input name="email" type="email" inputMode="email" autoComplete="username" maxLength={320} />
        </Field>
      )}
      <Field
        label={t("newPassword")}
        error={errors.password}
        hint={!errors.password && <StrengthMeter password={typed} />}
      >
        <PasswordInput
          name="password"
          autoComplete="new-password"
          maxLength={256}
          onChange={(event) => setTyped(event.target.value)}
        />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy} className="w-full">
        {action}
      </Button>
    </form>
  );
}
