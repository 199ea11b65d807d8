"use client";

import dynamic from "next/dynamic";

import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame, Part } from "../Listing";
import { messages } from "./messages";

const OwnTools = dynamic(() => import("./OwnTools").then((module) => module.OwnTools), { ssr: false });
const Servers = dynamic(() => import("./Servers").then((module) => module.Servers), { ssr: false });

/** What models may do besides answering. */
export function ToolsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      <div className="grid max-w-4xl gap-8">
        <Part title={t("own")} lead={t("ownLead")}>
          <OwnTools />
        </Part>
        <Part title={t("servers")} lead={t("serversLead")}>
          <Servers />
        </Part>
      </div>
    </PageFrame>
  );
}
