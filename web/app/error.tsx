"use client";

import { LifeBuoy } from "lucide-react";
import { useEffect } from "react";

import { Button } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { Notice } from "./Notice";

interface ErrorPageProps {
  error: Error;
  reset: () => void;
}

/** A fault of the page itself ends here, never in a white screen. */
export default function ErrorPage({ error, reset }: ErrorPageProps) {
  const t = useMessages(messages);
  useEffect(() => console.error(error), [error]);
  return (
    <Notice icon={LifeBuoy} title={t("failed")} lead={t("failedLead")}>
      <div className="flex flex-wrap justify-center gap-2">
        <Button onClick={reset}>{t("again")}</Button>
        <Button variant="secondary" onClick={() => location.reload()}>
          {t("reload")}
        </Button>
      </div>
    </Notice>
  );
}
