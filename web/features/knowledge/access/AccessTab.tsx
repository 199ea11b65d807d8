"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { AddGrant } from "@/components/access/AddGrant";
import { GrantList } from "@/components/access/GrantList";
import type { Subject } from "@/components/access/SubjectPicker";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { usePutGrant, useRemoveGrant } from "../mutations";
import { keys, useMe } from "../queries";
import type { Grant, KnowledgeBase } from "../types";
import { CheckAccess } from "./CheckAccess";
import { messages } from "./messages";
import { type Level, lossOf, subjectsOf } from "./rights";

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
  const t = useMessages(messages);
  const me = useMe();
  const add = usePutGrant(id);
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
        {grants.data ? <Grants id={id} grants={grants.data} /> : <Skeleton className="h-64 rounded-xl" />}
        <div className="flex flex-col gap-8">
          <AddGrant put={add} words={t} />
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

function Grants({ id, grants }: { id: string; grants: readonly Grant[] }) {
  const t = useMessages(messages);
  const me = useMe();
  const put = usePutGrant(id);
  const remove = useRemoveGrant(id);
  const mine = me.data ? subjectsOf(me.data) : new Set<string>();
  const warningOf = (grant: Grant, level: Level | null) => {
    const loss = lossOf(grants, grant, level, mine);
    return loss && t(loss);
  };
  return (
    <GrantList
      grants={grants}
      put={put.mutateAsync}
      remove={remove.mutateAsync}
      words={t}
      empty={t("nobody")}
      warningOf={warningOf}
    />
  );
}
