"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";

import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { messages } from "./messages";

const Providers = dynamic(() => import("./Providers").then((module) => module.Providers), { ssr: false });
const Routes = dynamic(() => import("./Routes").then((module) => module.Routes), { ssr: false });

/** Who offers models, and who is asked for what. */
export function ModelsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      <div className="grid max-w-4xl gap-8">
        <Part title={t("providers")} lead={t("providersLead")}>
          <Providers />
        </Part>
        <Part title={t("routes")} lead={t("routesLead")}>
          <Routes />
        </Part>
      </div>
    </PageFrame>
  );
}

function Part({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <section className="grid min-w-0 gap-4 rounded-xl border border-line bg-raised p-4 sm:p-5">
      <div>
        <h2 className="font-semibold text-lg">{title}</h2>
        <p className="text-pretty text-muted text-sm">{lead}</p>
      </div>
      {children}
    </section>
  );
}
