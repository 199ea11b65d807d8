"use client";

import { Undo2 } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { MoreButton } from "@/components/ui/more-button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { DeletedRow } from "./DeletedRow";
import { messages } from "./messages";
import { type DeletedBase, useDeletedBaseActions, useDeletedBases } from "./queries";

/** The deleted knowledge bases one may restore; nothing where there is none. */
export function DeletedBases() {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useDeletedBases();
  const act = useDeletedBaseActions();
  const [asked, setAsked] = useState<DeletedBase | null>(null);
  const { bases } = query;
  if (bases.length === 0) return null;

  function restore(base: DeletedBase) {
    act.mutate(
      { base, act: "restore" },
      {
        onSuccess: () => toast({ title: t("restored", { name: base.name }), tone: "success" }),
        onError: (problem) => toast({ title: say(problem), tone: "danger" }),
      },
    );
  }

  async function purge(base: DeletedBase) {
    await act.mutateAsync({ base, act: "purge" });
    toast({ title: t("purgeStarted", { name: base.name }), tone: "success" });
  }

  return (
    <section aria-labelledby="deleted-bases" className="mt-12 max-w-4xl">
      <h2 id="deleted-bases" className="font-semibold text-lg">
        {t("bases")}
      </h2>
      <p className="mb-3 text-muted text-sm">
        {t("explain")} {t("basesText")}
      </p>
      <ul className="divide-y divide-line rounded-xl border border-line bg-raised" aria-label={t("bases")}>
        {bases.map((base) => (
          <DeletedRow
            key={base.id}
            name={`${base.name} · ${t("documents", { count: base.documents })}`}
            note=""
            deletedAt={base.deleted_at}
            deletedBy={base.deleted_by}
            purgeAfter={base.purge_after}
          >
            <Button
              size="sm"
              variant="secondary"
              aria-label={t("restoreOf", { name: base.name })}
              onClick={() => restore(base)}
            >
              <Undo2 aria-hidden className="size-4" />
              {t("restore")}
            </Button>
            <Button
              size="sm"
              variant="ghost"
              aria-label={t("purgeOf", { name: base.name })}
              onClick={() => setAsked(base)}
            >
              {t("purge")}
            </Button>
          </DeletedRow>
        ))}
      </ul>
      <MoreButton of={query} className="mt-4" />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t("purgeTitle", { name: asked?.name ?? "" })}
        description={t("purgeBaseText", { count: asked?.documents ?? 0 })}
        confirm={t("purge")}
        danger
        onConfirm={() => asked && purge(asked)}
      />
    </section>
  );
}
