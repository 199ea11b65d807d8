"use client";

import { LogOut } from "lucide-react";
import dynamic from "next/dynamic";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { chooseLanguage, LANGUAGES, type Language, useLanguage, useMessages } from "@/lib/i18n";
import { chooseTheme, THEMES, type Theme, useTheme } from "@/lib/theme";
import { useTitle } from "@/lib/title";

import { leave } from "./leave";
import { messages } from "./messages";
import { PasswordForm } from "./PasswordForm";
import { type Me, useMe } from "./queries";
import { Section } from "./Section";

// Below what is seen first.
const SecondFactorSection = dynamic(() => import("./SecondFactorSection").then((one) => one.SecondFactorSection), {
  ssr: false,
});
const SessionsSection = dynamic(() => import("./SessionsSection").then((one) => one.SessionsSection), { ssr: false });

export function AccountPage() {
  const t = useMessages(messages);
  const me = useMe();
  useTitle(t("account"));
  return (
    <div className="mx-auto grid w-full max-w-2xl gap-8 px-4 py-10 sm:px-8">
      <h1 className="font-semibold text-2xl tracking-tight">{t("account")}</h1>
      <Section title={t("profile")} hint={t("profileHint")}>
        {me.isPending && <Skeleton className="h-60" />}
        {me.isError && <ErrorState problem={me.error} onRetry={() => me.refetch()} />}
        {me.data && <Profile me={me.data} />}
      </Section>
      {!me.data?.single_sign_on && (
        <Section title={t("changePassword")} hint={t("changePasswordHint")}>
          <PasswordForm />
        </Section>
      )}
      {me.data?.single_sign_on === false && <SecondFactorSection />}
      <SessionsSection />
      <Section title={t("appearance")}>
        <Appearance />
      </Section>
      <Section title={t("session")} hint={t("signOutHint")}>
        <div>
          <Button variant="secondary" onClick={() => leave(me.data?.single_sign_on)}>
            <LogOut aria-hidden className="size-4" />
            {t("signOut")}
          </Button>
        </div>
      </Section>
    </div>
  );
}

function Profile({ me }: { me: Me }) {
  const t = useMessages(messages);
  const rows: [string, string][] = [
    [t("nameLabel"), me.user.name],
    [t("email"), me.user.email],
    [t("company"), me.tenant.name],
    [t("role"), t(`role_${me.user.role}`)],
    [t("department"), me.department?.name ?? t("none")],
    [t("groups"), me.groups.map((group) => group.name).join(", ") || t("none")],
  ];
  return (
    <dl className="-my-2 divide-y divide-line">
      {rows.map(([term, value]) => (
        <div key={term} className="grid gap-x-4 py-2.5 sm:grid-cols-[10rem_1fr]">
          <dt className="text-muted">{term}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Appearance() {
  const t = useMessages(messages);
  const theme = useTheme((chosen) => chosen.theme);
  const language = useLanguage((chosen) => chosen.language);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("theme")}>
        <Select value={theme} onChange={(event) => chooseTheme(event.target.value as Theme)}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {t(one)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("language")}>
        <Select value={language} onChange={(event) => chooseLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, label]) => (
            <option key={code} value={code} lang={code}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
