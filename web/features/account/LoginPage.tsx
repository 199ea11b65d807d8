"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useMessages } from "@/lib/i18n";
import { resume, useSession } from "@/lib/session";
import { useTitle } from "@/lib/title";

import { FormProblem } from "./FormProblem";
import { Frame } from "./Frame";
import { messages } from "./messages";
import { ProviderButtons } from "./ProviderButtons";
import { landing } from "./places";
import { SignInForm } from "./SignInForm";
import { signInMessages } from "./sign-in-messages";
import { readProblem, useSignInMethods } from "./single-sign-on";

// No installation that people use has it.
const DeveloperEntrance = dynamic(() => import("./DeveloperEntrance").then((module) => module.DeveloperEntrance), {
  ssr: false,
});

export function LoginPage() {
  const t = useMessages(messages);
  const own = useMessages(signInMessages);
  const router = useRouter();
  const queries = useQueryClient();
  const asked = useSearchParams();
  const next = landing(asked.get("next"));
  const problem = readProblem(asked.get("problem"));
  const state = useSession((session) => session.state);
  useTitle(t("signIn"));
  const methods = useSignInMethods();
  const [byPassword, setByPassword] = useState(false);
  const hasProvider = (methods.data?.providers.length ?? 0) > 0;
  const showsForm = byPassword || methods.data?.password !== false;

  useEffect(() => {
    // Whoever is signed in already goes on; where nothing answers, the form will say so.
    resume().catch(() => undefined);
  }, []);

  useEffect(() => {
    if (state !== "signed-in") return;
    // Whatever was read before belongs to the person before.
    queries.clear();
    router.replace(next);
  }, [state, next, router, queries]);

  const asksPassword = methods.isSuccess && !hasProvider && showsForm;
  useEffect(() => {
    // Whoever is somewhere already stays there.
    if (asksPassword && document.activeElement === document.body) {
      document.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    }
  }, [asksPassword]);

  return (
    <Frame title={t("signIn")} lead={t("signInLead")}>
      <Card className="grid gap-4 p-6">
        {problem && <FormProblem text={own(`problem_${problem}`)} />}
        <ProviderButtons next={next} primary={!showsForm} />
        {hasProvider && showsForm && (
          <p className="flex items-center gap-3 text-muted text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {own("or")}
          </p>
        )}
        {showsForm ? (
          <SignInForm onSignedIn={() => undefined} />
        ) : (
          <Button variant="ghost" size="sm" className="w-full text-muted" onClick={() => setByPassword(true)}>
            {own("byPassword")}
          </Button>
        )}
      </Card>
      {methods.data?.developer_user && <DeveloperEntrance email={methods.data.developer_user} />}
      {methods.data?.is_set_up && methods.data.password && (
        <p className="mt-6 text-center text-sm">
          <Link href="/forgot/" className="text-muted underline underline-offset-2 hover:text-text">
            {t("forgot")}
          </Link>
        </p>
      )}
      {methods.data?.sign_up && (
        <p className="mt-3 text-center text-muted text-sm">
          {t("noAccount")}{" "}
          <Link href="/signup/" className="font-medium text-accent underline underline-offset-2">
            {t("signUp")}
          </Link>
        </p>
      )}
      {methods.data?.is_set_up === false && (
        <p className="mt-6 text-balance text-center text-muted text-sm">{t("firstStart")}</p>
      )}
    </Frame>
  );
}
