"use client";

import { Trash2 } from "lucide-react";
import { useState } from "react";

import { KINDS } from "@/components/access/kinds";
import { messages as accessMessages } from "@/components/access/messages";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { AddGrant } from "./AddGrant";
import { messages } from "./part-messages";
import { type Grant, useGrants, usePutGrant, useRemoveGrant } from "./queries";

/** Who may use the agent, and who may change it. */
export function AccessTab({ agentId }: { agentId: string }) {
  const grants = useGrants(agentId);
  if (grants.isError) return <ErrorState problem={grants.error} onRetry={() => void grants.refetch()} />;
  return (
    <div className="grid items-start gap-8 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      {grants.data ? <GrantList agentId={agentId} grants={grants.data} /> : <Skeleton className="h-64 rounded-xl" />}
      <AddGrant agentId={agentId} />
    </div>
  );
}

function GrantList({ agentId, grants }: { agentId: string; grants: readonly Grant[] }) {
  const t = useMessages(messages);
  const kind = useMessages(accessMessages);
  const say = useProblemText();
  const put = usePutGrant(agentId);
  const remove = useRemoveGrant(agentId);
  const [asked, setAsked] = useState<Grant | null>(null);
  const nameOf = (grant: Grant) => grant.subject_name || t("unnamed");

  const change = ({ subject_kind, subject_id, ...grant }: Grant, level: Grant["level"]) =>
    put.mutate(
      { subject_kind, subject_id, level },
      {
        onSuccess: () => toast({ title: t("changed", { name: grant.subject_name, level: t(level) }), tone: "success" }),
        onError: (problem) => toast({ title: say(problem), tone: "danger" }),
      },
    );
  const take = async () => {
    if (!asked) return;
    await remove.mutateAsync(asked);
    toast({ title: t("removed", { name: nameOf(asked) }), tone: "success" });
  };
  return (
    <section aria-labelledby="agent-grants">
      <h2 id="agent-grants" className="font-semibold text-lg">
        {t("who")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("whoText")}</p>
      <ul className="divide-y divide-line rounded-xl border border-line bg-raised empty:hidden">
        {grants.map((grant) => {
          const { icon: Icon, key } = KINDS[grant.subject_kind];
          const name = nameOf(grant);
          return (
            <li
              key={`${grant.subject_kind}:${grant.subject_id}`}
              className="flex flex-wrap items-center gap-3 px-4 py-3"
            >
              <Icon aria-hidden className="size-4 shrink-0 text-muted" />
              <div className="min-w-40 flex-1">
                <p className="font-medium [overflow-wrap:anywhere]">{name}</p>
                <p className="text-muted text-xs">{kind(key)}</p>
              </div>
              <div className="w-48">
                <Select
                  aria-label={t("levelOf", { name })}
                  value={grant.level}
                  onChange={(event) => change(grant, event.target.value as Grant["level"])}
                >
                  <option value="read">{t("read")}</option>
                  <option value="manage">{t("manage")}</option>
                </Select>
              </div>
              <IconButton label={t("remove", { name })} icon={Trash2} onClick={() => setAsked(grant)} />
            </li>
          );
        })}
      </ul>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={asked ? t("removeTitle", { name: nameOf(asked) }) : ""}
        description={t("removeText")}
        confirm={t("removeIt")}
        danger
        onConfirm={take}
      />
    </section>
  );
}
