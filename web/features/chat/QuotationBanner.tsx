"use client";

import { useQuery } from "@tanstack/react-query";
import { Quote, X } from "lucide-react";
import Link from "next/link";
import { useEffect, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages as details } from "./details-messages";
import { messages } from "./messages";
import { keys } from "./queries";

const STORED = "nexus-quotations-seen";

/** Says that answers are quotations while no language model is set up, until it is dismissed for this session. */
export function QuotationBanner() {
  const t = useMessages(messages);
  const d = useMessages(details);
  const capabilities = useQuery({
    queryKey: keys.capabilities,
    queryFn: () => unwrap(api.GET("/api/capabilities")),
    staleTime: 300_000,
  });
  const me = useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
  const may = me.data?.permissions.includes("models.manage");
  const [seen, setSeen] = useState(true);
  useEffect(() => setSeen(sessionStorage.getItem(STORED) === "yes"), []);
  if (seen || !capabilities.data || capabilities.data.language_model !== null) return null;
  return (
    <aside className="mb-6 flex items-start gap-3 rounded-xl bg-accent-soft px-4 py-3 text-sm">
      <Quote aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
      <p className="min-w-0 flex-1">
        {t("quotations")}{" "}
        {may ? (
          <Link href="/admin/models/" className="font-medium underline underline-offset-2">
            {d("addModel")}
          </Link>
        ) : (
          <span className="text-muted">{t("quotationsHint")}</span>
        )}
      </p>
      <IconButton
        label={t("dismiss")}
        icon={X}
        className="size-7"
        onClick={() => {
          sessionStorage.setItem(STORED, "yes");
          setSeen(true);
        }}
      />
    </aside>
  );
}
