"use client";

import { LifeBuoy } from "lucide-react";
import { useEffect } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";

/** A fault of one page; the rail stays, so one can go elsewhere. */
export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  const t = useMessages(messages);
  useEffect(() => console.error(error), [error]);
  const action = (
    <>
      <Button onClick={reset}>{t("again")}</Button>
      <Button variant="secondary" onClick={() => location.reload()}>
        {t("reload")}
      </Button>
    </>
  );
  return <EmptyState icon={LifeBuoy} title={t("failed")} description={t("failedLead")} action={action} />;
}
