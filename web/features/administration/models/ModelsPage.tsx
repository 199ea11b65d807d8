"use client";

import dynamic from "next/dynamic";

import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame, Part } from "../Listing";
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
