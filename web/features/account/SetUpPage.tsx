"use client";

import { Link2Off } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";
import { setUp } from "@/lib/session";
import { useTitle } from "@/lib/title";

import { FormProblem } from "./FormProblem";
import { Frame } from "./Frame";
import { useForm } from "./form";
import { messages } from "./messages";
import { PasswordInput } from "./PasswordInput";
import { LOGIN, START } from "./places";
import { StrengthMeter } from "./StrengthMeter";
import { MIN_LENGTH, strengthOf } from "./strength";

type Name = "tenant_name" | "name" | "email" | "password";

/** The first start. The link's token is in the fragment, which no browser sends to a server or a log. */
export function SetUpPage() {
  const t = useMessages(messages);
  const [token, setToken] = useState<string | null>(null);
  const [spent, setSpent] = useState(false);
  useTitle(t("setUp"));

  useEffect(() => {
    setToken(new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  }, []);

  if (token === "" || spent) {
    const action = (
      <Link href={LOGIN} className={buttonClass("secondary")}>
        {t("toSignIn")}
      </Link>
    );
    return (
      <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center bg-sunken outline-none">
        <h1 className="sr-only">{t("setUp")}</h1>
        <EmptyState
          icon={Link2Off}
          title={t(spent ? "spentTitle" : "noTokenTitle")}
          description={t("noTokenLead")}
          action={action}
        />
      </main>
    );
  }
  return (
    <Frame title={t("setUp")} lead={t("setUpLead")}>
      <Card className="p-6">
        <SetUpForm token={token ?? ""} onSpent={() => setSpent(true)} />
      </Card>
    </Frame>
  );
}

function SetUpForm({ token, onSpent }: { token: string; onSpent: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const router = useRouter();
  const [password, setPassword] = useState("");
  const { errors, busy, form } = useForm<Name>({
    check: (values) => ({
      tenant_name: values.tenant_name.trim() ? "" : t("enterCompany"),
      name: values.name.trim() ? "" : t("enterName"),
      email: /^\S+@\S+$/.test(values.email.trim()) ? "" : t("checkEmail"),
      password:
        strengthOf(values.password).level === "short" || !values.password ? t("tooShort", { count: MIN_LENGTH }) : "",
    }),
    send: async (values) => {
      await setUp({ ...values, token });
      router.replace(START);
    },
    explain: (problem) => {
      if (problem instanceof Problem && problem.code === "link-spent") onSpent();
      if (problem instanceof Problem && problem.code === "weak-password") return { password: say(problem) };
      if (problem instanceof Problem && problem.fields.email) return { email: t("checkEmail") };
      return { form: say(problem) };
    },
  });

  return (
    <form {...form} className="grid gap-4">
      <Field label={t("company")} error={errors.tenant_name}>
        <Input name="tenant_name" autoComplete="organization" maxLength={200} />
      </Field>
      <Field label={t("name")} error={errors.name}>
        <Input name="name" autoComplete="name" maxLength={200} />
      </Field>
      <Field label={t("email")} error={errors.email}>
        <Input name="email" type="email" inputMode="email" autoComplete="username" maxLength={320} />
      </Field>
      <Field
        label={t("password")}
        error={errors.password}
        hint={!errors.password && <StrengthMeter password={password} />}
      >
        <PasswordInput
          name="password"
          autoComplete="new-password"
          maxLength={256}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy} className="w-full">
        {t("create")}
      </Button>
    </form>
  );
}
