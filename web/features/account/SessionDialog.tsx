"use client";

import { useQueryClient } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useMessages } from "@/lib/i18n";
import { signOut, useSession } from "@/lib/session";

import { messages } from "./messages";
import { ProviderButtons } from "./ProviderButtons";
import { loginFrom } from "./places";
import { ME, type Me } from "./queries";
import { SignInForm } from "./SignInForm";

/** The sign-in has ended in the middle of something: the password, and the page goes on where it was. */
export function SessionDialog() {
  const t = useMessages(messages);
  const queries = useQueryClient();
  const expired = useSession((session) => session.state === "expired");
  const me = queries.getQueryData<Me>(ME);

  const leave = async () => {
    const place = loginFrom(location);
    await signOut().catch(() => undefined);
    // A fresh page: nothing of the person before stays in memory.
    location.assign(place);
  };

  return (
    <Dialog
      open={expired}
      onOpenChange={() => undefined}
      dismissible={false}
      title={t("expiredTitle")}
      description={t(me?.single_sign_on ? "expiredProviderLead" : "expiredLead")}
      className="max-w-sm"
    >
      {me?.single_sign_on ? (
        <ProviderButtons next={`${location.pathname}${location.search}`} primary />
      ) : (
        <SignInForm email={me?.user.email} onSignedIn={() => void queries.invalidateQueries()} />
      )}
      <Button variant="ghost" size="sm" className="mt-2 w-full text-muted" onClick={leave}>
        {t("somebodyElse")}
      </Button>
    </Dialog>
  );
}
