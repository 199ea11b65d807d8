"use client";

import { Badge } from "@/components/ui/badge";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { ToolServer } from "./queries";

/** What stands between a server and its use, the first thing first. */
export function ServerBadge({ server }: { server: ToolServer }) {
  const t = useMessages(messages);
  if (!server.enabled) return <Badge>{t("off")}</Badge>;
  if (server.auth === "oauth" && !server.connection) return <Badge tone="warning">{t("notConnected")}</Badge>;
  if (server.connection?.state === "broken") return <Badge tone="danger">{t("connectAgain")}</Badge>;
  if (server.failure) return <Badge tone="danger">{t("failed")}</Badge>;
  if (!server.looked_at) return <Badge>{t("neverAsked")}</Badge>;
  return <Badge tone="success">{t("ready")}</Badge>;
}
