"use client";

import { useQuery } from "@tanstack/react-query";
import { Link2Off } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Problem } from "@/lib/api/problem";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { doorMessages } from "./door-messages";
import { enter, type LinkPurpose, lookAtLink, type Step } from "./entrance";
import { Frame } from "./Frame";
import { messages } from "./messages";
import { NewPasswordForm } from "./NewPasswordForm";
import { LOGIN, START } from "./places";
import { SecondStep } from "./SecondStep";

/** An invitation or a reset link. The token is in the fragment, which no browser sends to a server or a log. */
export function LinkPage({ purpose }: { purpose: LinkPurpose }) {
  const t = useMessages(doorMessages);
  const router = useRouter();
  const [token, setToken] = useState<string | null>(null);
  const [step, setStep] = useState<Step | null>(null);
  const [spent, setSpent] = useState(false);
  useTitle(t(`${purpose}Title`));

  useEffect(() => {
    setToken(new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  }, []);

  const link = useQuery({
    queryKey: ["link", purpose, token],
    queryFn: () => lookAtLink(purpose, token ?? ""),
    enabled: Boolean(token),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isSpent = spent || (link.error instanceof Problem && link.error.code === "link-spent");

  if (token === "" || isSpent) return <Dead reason={isSpent ? "spent" : "incomplete"} title={t(`${purpose}Title`)} />;
  if (link.isError) {
    return (
      <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center bg-sunken outline-none">
        <h1 className="sr-only">{t("failedTitle")}</h1>
        <ErrorState problem={link.error} onRetry={() => void link.refetch()} />
      </main>
    );
  }
  if (!link.data)
    return (
      <Frame title={t(`${purpose}Title`)} lead={t("checking")}>
        {null}
      </Frame>
    );

  const { email, name, tenant_name: tenant } = link.data;
  const send = async (values: { name: string; password: string }) => {
    const body = { token, password: values.password };
    try {
      const next = await (purpose === "invite"
        ? enter("/api/auth/invitation", { ...body, name: values.name.trim() })
        : enter("/api/auth/password-reset", body));
      if (next) setStep(next);
      else router.replace(START);
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "link-spent") setSpent(true);
      throw problem;
    }
  };
  return (
    <Frame
      title={t(step ? "stepTitle" : `${purpose}Title`)}
      lead={step ? t("stepLead") : t(`${purpose}Lead`, { email, tenant })}
    >
      <Card className="p-6">
        {step ? (
          <SecondStep step={step} onSignedIn={() => router.replace(START)} onAgain={() => router.replace(LOGIN)} />
        ) : (
          <NewPasswordForm
            asks={{ name: purpose === "invite", email: false }}
            email={email}
            name={name}
            action={t(`${purpose}Do`)}
            onSend={send}
          />
        )}
      </Card>
    </Frame>
  );
}

function Dead({ reason, title }: { reason: "spent" | "incomplete"; title: string }) {
  const t = useMessages(doorMessages);
  const toSignIn = useMessages(messages)("toSignIn");
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center bg-sunken outline-none">
      <h1 className="sr-only">{title}</h1>
      <EmptyState
        icon={Link2Off}
        title={t(`${reason}Title`)}
        description={t(`${reason}Lead`)}
        action={
          <Link href={LOGIN} className={buttonClass("secondary")}>
            {toSignIn}
          </Link>
        }
      />
    </main>
  );
}
