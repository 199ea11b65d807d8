"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect } from "react";

import { Card } from "@/components/ui/card";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { resume, useSession } from "@/lib/session";
import { useTitle } from "@/lib/title";

import { Frame } from "./Frame";
import { messages } from "./messages";
import { landing } from "./places";
import { SignInForm } from "./SignInForm";

export function LoginPage() {
  const t = useMessages(messages);
  const router = useRouter();
  const queries = useQueryClient();
  const next = landing(useSearchParams().get("next"));
  const state = useSession((session) => session.state);
  useTitle(t("signIn"));
  const methods = useQuery({ queryKey: ["sign-in-methods"], queryFn: () => unwrap(api.GET("/api/auth/methods")) });

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

  return (
    <Frame title={t("signIn")} lead={t("signInLead")}>
      <Card className="p-6">
        <SignInForm onSignedIn={() => undefined} />
      </Card>
      {methods.data?.sign_up && (
        <p className="mt-6 text-center text-muted text-sm">
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
