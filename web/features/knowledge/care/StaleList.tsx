"use client";

import Link from "next/link";

import { MoreButton } from "@/components/ui/more-button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useStale } from "./queries";

/** Documents that would be made otherwise today, each with why. */
export function StaleList({ knowledgeBaseId }: { knowledgeBaseId: string }) {
  const t = useMessages(messages);
  const query = useStale(knowledgeBaseId, true);
  return (
    <>
      <ul className="mt-4 divide-y divide-line" aria-label={t("staleList")}>
        {query.documents.map((document) => (
          <li key={document.id} className="py-2 text-sm">
            <Link
              href={`/knowledge/document/?id=${document.id}`}
              className="font-medium [overflow-wrap:anywhere] hover:underline"
            >
              {document.path}
            </Link>
            <p className="text-muted">{document.reasons.map((reason) => t(reason)).join(" · ")}</p>
            {!document.original_kept && <p className="text-warning">{t("noOriginal")}</p>}
          </li>
        ))}
      </ul>
      <MoreButton of={query} size="sm" className="mt-3" />
    </>
  );
}
