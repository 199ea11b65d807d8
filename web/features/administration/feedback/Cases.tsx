"use client";

import { FlaskConical } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { messages } from "./messages";
import { type Case, useCases, useDeleteCase } from "./queries";

/** Questions whose answers are watched. */
export function Cases() {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const query = useCases();
  const remove = useDeleteCase();
  const [leaving, setLeaving] = useState<Case | null>(null);
  return (
    <>
      <p className="mb-4 max-w-2xl text-muted">{t("casesLead")}</p>
      <Listing
        query={query}
        empty={<EmptyState icon={FlaskConical} title={t("emptyTitle")} description={t("noCases")} />}
      >
        <ul className="divide-y divide-line border-line border-y">
          {query.items.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
              <div className="min-w-0 flex-1 basis-60">
                <p className="break-words font-medium">{one.question}</p>
                {one.expected && <p className="whitespace-pre-wrap break-words text-sm">{one.expected}</p>}
                <p className="text-muted text-sm">
                  {[
                    one.document_ids.length ? t("caseDocuments", { count: one.document_ids.length }) : t("noDocuments"),
                    ago(one.created_at),
                  ].join(" · ")}
                </p>
              </div>
              <Button
                size="sm"
                variant="ghost"
                aria-label={t("of", { action: t("deleteCase"), question: one.question })}
                onClick={() => setLeaving(one)}
              >
                {t("deleteCase")}
              </Button>
            </li>
          ))}
        </ul>
      </Listing>
      {leaving && (
        <ConfirmDialog
          open
          onOpenChange={() => setLeaving(null)}
          title={t("deleteTitle")}
          description={t("deleteText", { question: leaving.question })}
          confirm={t("deleteCase")}
          danger
          onConfirm={async () => {
            await remove.mutateAsync(leaving.id);
            toast({ title: t("caseDeleted"), tone: "success" });
          }}
        />
      )}
    </>
  );
}
