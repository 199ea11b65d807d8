"use client";

import { useState } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { type BulkWanted, useBulk } from "../mutations";
import type { KnowledgeBase, KnowledgeDocument } from "../types";
import { type DocumentActions, download } from "./actions";
import { DeleteDialog } from "./DeleteDialog";
import { MoveDialog } from "./MoveDialog";
import { messages } from "./messages";

interface Asked {
  what: "delete" | "move";
  documents: KnowledgeDocument[];
}

/** The actions on documents, and the dialogs they ask with. `onDone` hears which documents were acted on. */
export function useDocumentActions(knowledgeBaseId: string, onDone: (ids: readonly string[]) => void) {
  const t = useMessages(messages);
  const say = useProblemText();
  const bulk = useBulk(knowledgeBaseId);
  const [asked, setAsked] = useState<Asked | null>(null);

  async function run(wanted: BulkWanted, succeeded: "deleted" | "restored" | "reprocessed" | "moved", target = "") {
    const { done, refused } = await bulk.mutateAsync(wanted);
    if (done > 0) {
      const refusedIds = new Set(refused.map((one) => one.document_id));
      const ids = wanted.documentIds.filter((id) => !refusedIds.has(id));
      const undo = {
        label: t("undo"),
        onClick: () => run({ action: "restore", documentIds: ids }, "restored").catch(complain),
      };
      const title = t(succeeded, { count: done, target });
      toast({ title, tone: "success", ...(succeeded === "deleted" ? { action: undo } : {}) });
    }
    if (refused.length > 0) {
      const reasons = [...new Set(refused.map((one) => one.detail))].join(" ");
      toast({ title: t("refusedTitle", { count: refused.length }), description: reasons, tone: "danger" });
    }
    onDone(wanted.documentIds);
  }

  function complain(problem: unknown) {
    toast({ title: say(problem), tone: "danger" });
  }

  const actions: DocumentActions = {
    delete: (documents) => setAsked({ what: "delete", documents }),
    move: (documents) => setAsked({ what: "move", documents }),
    reprocess: (documents) => {
      run({ action: "reprocess", documentIds: idsOf(documents) }, "reprocessed").catch(complain);
    },
    download: (document) => {
      download(document).catch((problem: unknown) => {
        toast({ title: t("downloadFailed", { name: document.name }), description: say(problem), tone: "danger" });
      });
    },
  };

  const dialogs = (
    <>
      <DeleteDialog
        documents={asked?.what === "delete" ? asked.documents : null}
        onClose={() => setAsked(null)}
        onConfirm={(documents) => run({ action: "delete", documentIds: idsOf(documents) }, "deleted")}
      />
      <MoveDialog
        documents={asked?.what === "move" ? asked.documents : null}
        from={knowledgeBaseId}
        busy={bulk.isPending}
        onClose={() => setAsked(null)}
        onConfirm={(documents, target: KnowledgeBase) => {
          run({ action: "move", documentIds: idsOf(documents), knowledgeBaseId: target.id }, "moved", target.name)
            .then(() => setAsked(null))
            .catch(complain);
        }}
      />
    </>
  );
  return { actions, dialogs };
}

function idsOf(documents: readonly KnowledgeDocument[]): string[] {
  return documents.map((document) => document.id);
}
