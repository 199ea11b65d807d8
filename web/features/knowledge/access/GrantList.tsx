"use client";

import { Trash2 } from "lucide-react";
import { useState } from "react";

import { KINDS } from "@/components/access/kinds";
import { messages as accessMessages } from "@/components/access/messages";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { usePutGrant, useRemoveGrant } from "../mutations";
import { useMe } from "../queries";
import type { Grant } from "../types";
import { messages } from "./messages";
import { type Level, lossOf, subjectsOf, wordOf } from "./rights";

/** A change that is asked about first; `level` null takes the grant away. */
interface Asked {
  grant: Grant;
  level: Level | null;
}

export function GrantList({ knowledgeBaseId, grants }: { knowledgeBaseId: string; grants: Grant[] }) {
  const t = useMessages(messages);
  const kind = useMessages(accessMessages);
  const say = useProblemText();
  const me = useMe();
  const put = usePutGrant(knowledgeBaseId);
  const remove = useRemoveGrant(knowledgeBaseId);
  const [asked, setAsked] = useState<Asked | null>(null);
  const mine = me.data ? subjectsOf(me.data) : new Set<string>();
  const nameOf = (grant: Grant) => grant.subject_name || t("unnamed");

  async function apply({ grant, level }: Asked) {
    const { subject_kind, subject_id } = grant;
    const name = nameOf(grant);
    if (level) {
      await put.mutateAsync({ subject_kind, subject_id, level });
      toast({ title: t("changed", { name, level: t(level) }), tone: "success" });
    } else {
      await remove.mutateAsync({ subject_kind, subject_id });
      toast({ title: t("removed", { name }), tone: "success" });
    }
  }

  function change(grant: Grant, level: Level) {
    const wanted = { grant, level };
    if (lossOf(grants, grant, level, mine)) setAsked(wanted);
    else apply(wanted).catch((problem: unknown) => toast({ title: say(problem), tone: "danger" }));
  }

  const loss = asked && lossOf(grants, asked.grant, asked.level, mine);
  return (
    <section aria-labelledby="grants-title">
      <h2 id="grants-title" className="font-semibold text-lg">
        {t("who")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("whoText")}</p>
      {grants.length === 0 && <p className="rounded-xl border border-line p-5 text-muted">{t("nobody")}</p>}
      <ul className="divide-y divide-line rounded-xl border border-line bg-raised empty:hidden">
        {grants.map((grant) => {
          const { icon: Icon, key } = KINDS[grant.subject_kind];
          const name = nameOf(grant);
          return (
            <li key={wordOf(grant)} className="flex flex-wrap items-center gap-3 px-4 py-3">
              <Icon aria-hidden className="size-4 shrink-0 text-muted" />
              <div className="min-w-40 flex-1">
                <p className="font-medium [overflow-wrap:anywhere]">{name}</p>
                <p className="text-muted text-xs">{kind(key)}</p>
              </div>
              <div className="w-44">
                <Select
                  aria-label={t("levelOf", { name })}
                  value={grant.level}
                  onChange={(event) => change(grant, event.target.value as Level)}
                >
                  <option value="read">{t("read")}</option>
                  <option value="manage">{t("manage")}</option>
                </Select>
              </div>
              <IconButton
                label={t("remove", { name })}
                icon={Trash2}
                onClick={() => setAsked({ grant, level: null })}
              />
            </li>
          );
        })}
      </ul>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={asked ? t(asked.level ? "changeTitle" : "removeTitle", { name: nameOf(asked.grant) }) : ""}
        description={
          <>
            <span className="block">{t("removeText")}</span>
            {loss && <span className="mt-2 block font-medium text-danger">{t(loss)}</span>}
          </>
        }
        confirm={asked?.level ? t("changeIt") : t("removeIt")}
        danger
        onConfirm={() => (asked ? apply(asked) : undefined)}
      />
    </section>
  );
}
