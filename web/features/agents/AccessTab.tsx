"use client";

import { AddGrant } from "@/components/access/AddGrant";
import { GrantList } from "@/components/access/GrantList";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { useGrants, usePutGrant, useRemoveGrant } from "./queries";

/** Who may use the agent, and who may change it. */
export function AccessTab({ agentId }: { agentId: string }) {
  const t = useMessages(messages);
  const grants = useGrants(agentId);
  const add = usePutGrant(agentId);
  const change = usePutGrant(agentId);
  const remove = useRemoveGrant(agentId);
  if (grants.isError) return <ErrorState problem={grants.error} onRetry={() => void grants.refetch()} />;
  return (
    <div className="grid items-start gap-8 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      {grants.data ? (
        <GrantList grants={grants.data} put={change.mutateAsync} remove={remove.mutateAsync} words={t} />
      ) : (
        <Skeleton className="h-64 rounded-xl" />
      )}
      <AddGrant put={add} words={t} />
    </div>
  );
}
