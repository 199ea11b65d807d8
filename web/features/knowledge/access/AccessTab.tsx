"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";

import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import type { KnowledgeBase } from "../types";
import { AddGrant } from "./AddGrant";
import { CheckAccess } from "./CheckAccess";
import { GrantList } from "./GrantList";
import { messages } from "./messages";

/** Who may read and manage a knowledge base. */
export function AccessTab({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  if (knowledgeBase.personal)
    return (
      <p className="flex max-w-2xl items-start gap-3 rounded-xl border border-line bg-raised p-5">
        <Lock aria-hidden className="mt-1 size-4 shrink-0 text-muted" />
        {t("personal")}
      </p>
    );
  return <Shared id={knowledgeBase.id} />;
}

function Shared({ id }: { id: string }) {
  const grants = useQuery({
    queryKey: keys.grants(id),
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/grants", { params: { path: { knowledge_base_id: id } } }),
      ),
  });
  if (grants.isError) return <ErrorState problem={grants.error} onRetry={() => void grants.refetch()} />;
  return (
    <div className="@container max-w-6xl">
      <div className="grid items-start gap-8 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {grants.data ? (
          <GrantList knowledgeBaseId={id} grants={grants.data} />
        ) : (
          <Skeleton className="h-64 rounded-xl" />
        )}
        <div className="flex flex-col gap-8">
          <AddGrant knowledgeBaseId={id} />
          <CheckAccess knowledgeBaseId={id} grants={grants.data ?? []} />
        </div>
      </div>
    </div>
  );
}
