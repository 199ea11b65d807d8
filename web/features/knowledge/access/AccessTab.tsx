"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import type { Subject } from "@/components/access/SubjectPicker";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { keys, useMe } from "../queries";
import type { KnowledgeBase } from "../types";
import { AddGrant } from "./AddGrant";
import { CheckAccess } from "./CheckAccess";
import { GrantList } from "./GrantList";
import { messages } from "./messages";

const Simulator = dynamic(() => import("./Simulator").then((found) => found.Simulator), {
  ssr: false,
  loading: () => <Skeleton className="mt-8 h-40 rounded-xl" />,
});

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
  const me = useMe();
  const simulates = me.data?.permissions.includes("access.simulate") ?? false;
  const [person, setPerson] = useState<Subject | null>(null);
  const [simulated, setSimulated] = useState<Subject | null>(null);
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
          <CheckAccess
            knowledgeBaseId={id}
            person={person}
            onPick={(picked) => {
              setPerson(picked);
              setSimulated(null);
            }}
            onSimulate={simulates ? () => setSimulated(person) : undefined}
          />
        </div>
      </div>
      {simulated && <Simulator knowledgeBaseId={id} person={simulated} />}
    </div>
  );
}
