"use client";

import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { Installation } from "./Installation";
import { Jobs } from "./Jobs";
import { messages } from "./messages";

/** How the installation is, for whoever operates it; for other administrators, their company's jobs. */
export function DiagnosticsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const me = useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
  const operates = me.data?.permissions.includes("operate") ?? false;
  return (
    <PageFrame title={t("title")} lead={t(operates ? "leadWhole" : "leadOwn")}>
      <div className="grid gap-6">
        {operates && <Installation />}
        <Jobs />
      </div>
    </PageFrame>
  );
}
