"use client";

import { Lock } from "lucide-react";
import Link from "next/link";

import { Badge } from "@/components/ui/badge";
import { Progress } from "@/components/ui/progress";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import { pending, useDepartments } from "./queries";
import type { KnowledgeBase } from "./types";

export function KnowledgeBaseCard({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const departments = useDepartments();
  const { documents, level } = knowledgeBase;
  const ready = documents.ready ?? 0;
  const failed = documents.failed ?? 0;
  const waiting = pending(documents);
  const department = departments.data?.find((one) => one.id === knowledgeBase.department_id)?.name;
  const right = level === "manage" ? t("rightManage") : level === "read" ? t("rightRead") : t("rightGovern");

  return (
    <article className="group relative flex h-full flex-col rounded-xl border border-line bg-raised p-5 transition-colors focus-within:border-accent hover:border-line-strong">
      <div className="mb-1 flex items-start justify-between gap-3">
        <h2 className="min-w-0 font-semibold text-base leading-snug [overflow-wrap:anywhere]">
          <Link
            href={`/knowledge/base/?id=${knowledgeBase.id}`}
            className="outline-none after:absolute after:inset-0 after:rounded-xl focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:outline-offset-2"
          >
            {knowledgeBase.name}
          </Link>
        </h2>
        {knowledgeBase.personal && (
          <Badge tone="accent">
            <Lock aria-hidden className="size-3" />
            {t("personal")}
          </Badge>
        )}
      </div>
      {knowledgeBase.description && (
        <p className="line-clamp-2 text-muted text-sm [overflow-wrap:anywhere]">{knowledgeBase.description}</p>
      )}
      <div className="mt-auto pt-5">
        {level && (
          <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm">
            {ready + waiting + failed === 0 && <span className="text-muted">{t("noDocuments")}</span>}
            {ready > 0 && <span>{t("searchable", { count: formats.number(ready) })}</span>}
            {waiting > 0 && <span className="text-accent">{t("inProgress", { count: formats.number(waiting) })}</span>}
            {failed > 0 && <span className="text-danger">{t("failed", { count: formats.number(failed) })}</span>}
          </p>
        )}
        {waiting > 0 && (
          <div className="mt-2">
            <Progress value={ready / (ready + waiting + failed)} label={t("inProgress", { count: waiting })} />
          </div>
        )}
        <p className="mt-3 flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-t pt-3 text-muted text-xs">
          <span>{right}</span>
          {department && (
            <>
              <span aria-hidden>·</span>
              <span>{department}</span>
            </>
          )}
          <span className="ml-auto">{t("updated", { ago: formats.ago(knowledgeBase.updated_at) })}</span>
        </p>
      </div>
    </article>
  );
}
