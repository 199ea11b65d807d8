"use client";

import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { api, Problem, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { messages } from "./messages";
import { PasswordInput } from "./PasswordInput";
import { useMe } from "./queries";
import { StrengthMeter } from "./StrengthMeter";
import { MIN_LENGTH, strengthOf } from "./strength";

export function PasswordForm() {
  const [turn, setTurn] = useState(0);
  // A new form after each change: the fields are empty again.
  return <Form key={turn} onChanged={() => setTurn(turn + 1)} />;
}

function Form({ onChanged }: { onChanged: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const { data: me } = useMe();
  const [typed, setTyped] = useState("");
  const { errors, busy, form } = useForm<"current_password" | "new_password">({
    check: (values) => ({
      current_password: values.current_password ? "" : t("enterPassword"),
      new_password:
        !values.new_password || strengthOf(values.new_password).level === "short"
          ? t("tooShort", { count: MIN_LENGTH })
          : "",
    }),
    send: async ({ current_password, new_password }) => {
      await unwrap(api.POST("/api/me/password", { body: { current_password, new_password } }));
      toast({ title: t("passwordChanged"), description: t("othersEnded"), tone: "success" });
      onChanged();
    },
    explain: (problem) => {
      const code = problem instanceof Problem ? problem.code : "";
      if (code === "wrong-password") return { current_password: say(problem) };
      return code === "weak-password" ? { new_password: say(problem) } : { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      {/* Password managers need to know whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={me?.user.email ?? ""} readOnly hidden />
      <Field label={t("currentPassword")} error={errors.current_password}>
        <PasswordInput name="current_password" autoComplete="current-password" maxLength={256} />
      </Field>
      <Field
        label={t("newPassword")}
        error={errors.new_password}
        hint={!errors.new_password && <StrengthMeter password={typed} />}
      >
        <PasswordInput
          name="new_password"
          autoComplete="new-password"
          maxLength={256}
          onChange={(event) => setTyped(event.target.value)}
        />
      </Field>
      <FormProblem text={errors.form} />
      <div>
        <Button type="submit" variant="secondary" busy={busy}>
          {t("changePassword")}
        </Button>
      </div>
    </form>
  );
}
