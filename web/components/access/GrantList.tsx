"use client";

import { Trash2 } from "lucide-react";
import { useId, useState } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { type GrantWords, messages } from "./grant-messages";
import { KINDS } from "./kinds";
import { messages as kindMessages } from "./messages";

type Grant = Schemas["GrantOut"];
type Level = Grant["level"];

/** A change that is asked about first; `level` null takes the grant away. */
interface Asked {
  grant: Grant;
  level: Level | null;
}

interface GrantListProps {
  grants: readonly Grant[];
  put: (grant: Schemas["GrantIn"]) => Promise<unknown>;
  remove: (grant: Pick<Grant, "subject_kind" | "subject_id">) => Promise<unknown>;
  words: GrantWords;
  /** Said where nobody has access. */
  empty?: string;
  /** What one should know before a change; such a change is asked about first. Taking a grant away always is. */
  warningOf?: (grant: Grant, level: Level | null) => string | null;
}

/** Who has access: each right can be changed, and taken away. */
export function GrantList({ grants, put, remove, words, empty, warningOf }: GrantListProps) {
  const t = useMessages(messages);
  const kind = useMessages(kindMessages);
  const say = useProblemText();
  const id = useId();
  const [asked, setAsked] = useState<Asked | null>(null);
  const nameOf = (grant: Grant) => grant.subject_name || t("unnamed");

  async function apply({ grant, level }: Asked) {
    const { subject_kind, subject_id } = grant;
    const name = nameOf(grant);
    if (level) {
      await put({ subject_kind, subject_id, level });
      toast({ title: t("changed", { name, level: words(level) }), tone: "success" });
    } else {
      await remove({ subject_kind, subject_id });
      toast({ title: words("removed", { name }), tone: "success" });
    }
  }

  function change(grant: Grant, level: Level) {
    const wanted = { grant, level };
    if (warningOf?.(grant, level)) setAsked(wanted);
    else apply(wanted).catch((problem: unknown) => toast({ title: say(problem), tone: "danger" }));
  }

  function titleOf({ grant, level }: Asked) {
    const name = nameOf(grant);
    return level ? t("changeTitle", { name }) : words("removeTitle", { name });
  }

  const warning = asked && warningOf?.(asked.grant, asked.level);
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="font-semibold text-lg">
        {t("who")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("whoText")}</p>
      {empty && grants.length === 0 && <p className="rounded-xl border border-line p-5 text-muted">{empty}</p>}
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
                  onChange={(event) => change(grant, event.target.value as Level)}
                >
                  <option value="read">{words("read")}</option>
                  <option value="manage">{words("manage")}</option>
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
        title={asked ? titleOf(asked) : ""}
        description={
          <>
            <span className="block">{words("removeText")}</span>
            {warning && <span className="mt-2 block font-medium text-danger">{warning}</span>}
          </>
        }
        confirm={t(asked?.level ? "changeIt" : "removeIt")}
        danger
        onConfirm={() => (asked ? apply(asked) : undefined)}
      />
    </section>
  );
}
