"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { Card } from "@/components/ui/card";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { doorMessages } from "./door-messages";
import { enter, type Step } from "./entrance";
import { Frame } from "./Frame";
import { messages } from "./messages";
import { NewPasswordForm } from "./NewPasswordForm";
import { LOGIN, START } from "./places";
import { SecondStep } from "./SecondStep";

/** An account of one's own making; the server refuses it where no tenant wants that. */
export function SignUpPage() {
  const t = useMessages(doorMessages);
  const toSignIn = useMessages(messages)("signIn");
  const router = useRouter();
  const [step, setStep] = useState<Step | null>(null);
  useTitle(t("signUpTitle"));

  const send = async ({ email, name, password }: { email: string; name: string; password: string }) => {
    const next = await enter("/api/auth/sign-up", { email: email.trim(), name: name.trim(), password });
    if (next) setStep(next);
    else router.replace(START);
  };
  return (
    <Frame title={t(step ? "stepTitle" : "signUpTitle")} lead={t(step ? "stepLead" : "signUpLead")}>
      <Card className="p-6">
        {step ? (
          <SecondStep step={step} onSignedIn={() => router.replace(START)} onAgain={() => router.replace(LOGIN)} />
        ) : (
          <NewPasswordForm asks={{ name: true, email: true }} action={t("signUpDo")} onSend={send} />
        )}
      </Card>
      <p className="mt-6 text-center text-muted text-sm">
        {t("haveAccount")}{" "}
        <Link href={LOGIN} className="font-medium text-accent underline underline-offset-2">
          {toSignIn}
        </Link>
      </p>
    </Frame>
  );
}
