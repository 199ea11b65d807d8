"use client";

import { ShieldAlert, ShieldCheck } from "lucide-react";

import { useMessages } from "@/lib/i18n";

import type { Finding } from "../types";
import { messages } from "./messages";

interface SupportProps {
  findings: readonly Finding[];
  /** 0 to 1, of the whole answer. */
  score: number | null;
}

/** Whether the answer stands in what it cites, in one line; the marked sentences say more. */
export function Support({ findings, score }: SupportProps) {
  const t = useMessages(messages);
  if (!findings.length || score === null) return null;
  const doubted = findings.filter((one) => one.doubt).length;
  const Icon = doubted ? ShieldAlert : ShieldCheck;
  const values = { count: findings.length, doubted, score: Math.round(score * 100) };
  return (
    <p className="mt-3 flex items-center gap-2 text-muted text-xs" title={t("score", values)}>
      <Icon aria-hidden className={`size-4 shrink-0 ${doubted ? "text-warning" : "text-success"}`} />
      <span>{doubted ? t("some", values) : t("all", values)}</span>
    </p>
  );
}
