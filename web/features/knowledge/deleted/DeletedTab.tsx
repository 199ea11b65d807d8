"use client";

import { Trash2, Undo2 } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { DeletedRow } from "./DeletedRow";
import { messages } from "./messages";
import { type DeletedDocument, useDeletedActions, useDeletedDocuments } from "./queries";

/** The deleted documents of a knowledge base, for those who may restore them. */
export function DeletedTab({ knowledgeBaseId }: { knowledgeBaseId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useDeletedDocuments(knowledgeBaseId);
  const act = useDeletedActions(knowledgeBaseId);
  const [asked, setAsked] = useState<DeletedDocument | null>(null);
  const { documents } = query;

  function restore(document: DeletedDocument) {
    act.mutate(
      { document, act: "restore" },
      {
        onSuccess: (name) => toast({ title: t("restored", { name }), tone: "success" }),
        onError: (problem) => toast({ title: say(problem), tone: "danger" }),
      },
    );
  }

  async function purge(document: DeletedDocument) {
    await act.mutateAsync({ document, act: "purge" });
    toast({ title: t("purgeStarted", { name: document.name }), tone: "success" });
  }

  return (
    <section aria-label={t("list")}>
      {query.isPending && (
        <div role="status" aria-label={t("loading")}>
          <Skeleton className="h-32 rounded-xl" />
        </div>
      )}
      {query.isError && documents.length === 0 && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && documents.length === 0 && (
        <EmptyState icon={Trash2} title={t("emptyTitle")} description={t("emptyText")} />
      )}
      {documents.length > 0 && (
        <>
          <p className="mb-4 max-w-3xl text-muted text-sm">{t("explain")}</p>
          <ul className="divide-y divide-line rounded-xl border border-line bg-raised" aria-label={t("list")}>
            {documents.map((document) => (
              <DeletedRow
                key={document.id}
                name={document.path}
                note={document.taken ? t("taken") : ""}
                deletedAt={document.deleted_at}
                deletedBy={document.deleted_by}
                purgeAfter={document.purge_after}
              >
                <Button
                  size="sm"
                  variant="secondary"
                  aria-label={t("restoreOf", { name: document.name })}
                  onClick={() => restore(document)}
                >
                  <Undo2 aria-hidden className="size-4" />
                  {t("restore")}
                </Button>
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t("purgeOf", { name: document.name })}
                  onClick={() => setAsked(document)}
                >
                  {t("purge")}
                </Button>
              </DeletedRow>
            ))}
          </ul>
        </>
      )}
      <MoreButton of={query} className="mx-auto mt-6 flex" />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t("purgeTitle", { name: asked?.name ?? "" })}
        description={t("purgeText")}
        confirm={t("purge")}
        danger
        onConfirm={() => asked && purge(asked)}
      />
    </section>
  );
}
