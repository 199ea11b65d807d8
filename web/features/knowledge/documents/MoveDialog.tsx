"use client";

import { useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { useManaged } from "../queries";
import type { KnowledgeBase, KnowledgeDocument } from "../types";
import { messages } from "./messages";

interface MoveDialogProps {
  /** Null while nothing is asked. */
  documents: KnowledgeDocument[] | null;
  from: string;
  busy: boolean;
  onClose: () => void;
  onConfirm: (documents: KnowledgeDocument[], target: KnowledgeBase) => void;
}

export function MoveDialog({ documents, from, busy, onClose, onConfirm }: MoveDialogProps) {
  const t = useMessages(messages);
  const form = useId();
  const [chosen, setChosen] = useState("");
  const managed = useManaged(documents !== null);
  const targets = managed.data?.filter((one) => one.id !== from) ?? [];
  const target = targets.find((one) => one.id === chosen) ?? targets[0];
  const count = documents?.length ?? 0;
  return (
    <Dialog
      open={documents !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t("moveTitle", { count })}
      description={t("moveText", { count })}
      footer={
        <FormFooter form={form} busy={busy} disabled={!target} onCancel={onClose}>
          {t("moveIt")}
        </FormFooter>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (documents && target && !busy) onConfirm(documents, target);
        }}
      >
        {managed.isPending && <Skeleton className="h-10" />}
        {managed.isSuccess && targets.length === 0 && <p className="text-muted">{t("moveNowhere")}</p>}
        {target && (
          <Field label={t("moveTarget")}>
            <Select value={target.id} onChange={(event) => setChosen(event.target.value)}>
              {targets.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
        )}
      </form>
    </Dialog>
  );
}
