"use client";

import { Compass } from "lucide-react";
import Link from "next/link";

import { buttonClass } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";
import { messages } from "./messages";
import { Notice } from "./Notice";

export default function NotFound() {
  const t = useMessages(messages);
  useTitle(t("notFound"));
  return (
    <Notice icon={Compass} title={t("notFound")} lead={t("notFoundLead")}>
      <Link href="/chat/" className={buttonClass()}>
        {t("toStart")}
      </Link>
    </Notice>
  );
}
