"use client";

import Link from "next/link";
import { useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { useLanguage, useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { doorMessages } from "./door-messages";
import { FormProblem } from "./FormProblem";
import { Frame } from "./Frame";
import { useForm } from "./form";
import { messages } from "./messages";
import { LOGIN } from "./places";
import { useSignInMethods } from "./single-sign-on";

/** Where nothing is sent by mail, it says whom to ask. */
export function ForgotPage() {
  const t = useMessages(doorMessages);
  const toSignIn = useMessages(messages)("toSignIn");
  const methods = useSignInMethods();
  const [sentTo, setSentTo] = useState("");
  useTitle(t("forgotTitle"));
  const lead = methods.data?.reset_by_mail ? t("forgotLead") : t("forgotAsk");
  return (
    <Frame title={t("forgotTitle")} lead={sentTo || !methods.data ? "" : lead}>
      {methods.isPending && <Skeleton className="h-40 w-full" />}
      {methods.isError && <ErrorState problem={methods.error} onRetry={() => void methods.refetch()} />}
      {methods.data?.reset_by_mail && (
        <Card className="p-6">{sentTo ? <Sent email={sentTo} /> : <ForgotForm onSent={setSentTo} />}</Card>
      )}
      <p className="mt-6 text-center text-sm">
        <Link href={LOGIN} className="font-medium text-accent underline underline-offset-2">
          {toSignIn}
        </Link>
      </p>
    </Frame>
  );
}

function ForgotForm({ onSent }: { onSent: (email: string) => void }) {
  const t = useMessages(messages);
  const own = useMessages(doorMessages);
  const say = useProblemText();
  const language = useLanguage((chosen) => chosen.language);
  const { errors, busy, form } = useForm<"email">({
    check: ({ email }) => ({ email: /^[^@\s]+@[^@\s]+$/.test(email.trim()) ? "" : t("enterEmail") }),
    send: async ({ email }) => {
      await unwrap(api.POST("/api/auth/forgotten", { body: { email: email.trim(), language } }));
      onSent(email.trim());
    },
    explain: (problem) => ({ form: say(problem) }),
  });
  return (
    <form {...form} className="grid gap-4">
      <Field label={t("email")} error={errors.email}>
        <Input name="email" type="email" autoComplete="username" inputMode="email" autoFocus />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy} className="w-full">
        {own("forgotDo")}
      </Button>
    </form>
  );
}

function Sent({ email }: { email: string }) {
  const t = useMessages(doorMessages);
  const box = useRef<HTMLDivElement>(null);
  // The form that had the focus is gone.
  useEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} role="status" tabIndex={-1} className="grid gap-2 outline-none">
      <p className="font-medium">{t("forgotSent")}</p>
      <p className="text-muted text-sm">{t("forgotSentLead", { email })}</p>
    </div>
  );
}
