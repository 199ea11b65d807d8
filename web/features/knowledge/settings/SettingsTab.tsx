"use client";

import { type FormEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { ChunkingFields, DepartmentField, KeepOriginalsField, KeptVersionsField, NameFields } from "../FormFields";
import { check, chunkingOf, type FormErrors, type FormValues, sameChunking, toForm } from "../form";
import { useReprocessAll, useUpdateKnowledgeBase } from "../mutations";
import { useDocumentCount } from "../queries";
import type { KnowledgeBase } from "../types";
import { DeleteSection } from "./DeleteSection";
import { messages } from "./messages";
import { SearchUseSection } from "./SearchUseSection";

interface SettingsTabProps {
  knowledgeBase: KnowledgeBase;
  /** May change content, and so process it again. */
  manages: boolean;
}

export function SettingsTab({ knowledgeBase, manages }: SettingsTabProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const update = useUpdateKnowledgeBase(knowledgeBase.id);
  const reprocess = useReprocessAll(knowledgeBase.id);
  const saved = toForm(knowledgeBase);
  const [changes, setChanges] = useState<Partial<FormValues>>({});
  const [errors, setErrors] = useState<FormErrors>({});
  const [offering, setOffering] = useState(false);
  const values = { ...saved, ...changes };
  const dirty = (Object.keys(changes) as (keyof FormValues)[]).some((key) => changes[key] !== saved[key]);
  const problem = update.error instanceof Problem ? update.error : null;
  const hasDocuments = useDocumentCount(knowledgeBase.id) > 0;

  function change(some: Partial<FormValues>) {
    setChanges({ ...changes, ...some });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = check(values);
    setErrors(found);
    if (Object.keys(found).length > 0 || update.isPending) return;
    const chunking = chunkingOf(values);
    const recut = !sameChunking(chunking, knowledgeBase.chunking);
    update.mutate(
      {
        name: values.name.trim(),
        description: values.description.trim(),
        department_id: values.departmentId || null,
        chunking,
        keep_originals: values.keepOriginals,
        kept_versions: values.kept.trim() ? Number(values.kept) : null,
      },
      {
        onSuccess: () => {
          setChanges({});
          toast({ title: t("saved"), tone: "success" });
          if (recut && manages && hasDocuments) setOffering(true);
        },
      },
    );
  }

  async function processAgain() {
    const { documents } = await reprocess.mutateAsync();
    toast({ title: t("queued", { count: documents }), tone: "success" });
  }

  const fields = { values, errors, onChange: change, refused: problem?.fields };
  return (
    <div className="flex max-w-2xl flex-col gap-8">
      <form noValidate onSubmit={submit} className="flex flex-col gap-8">
        <section aria-labelledby="settings-general">
          <h2 id="settings-general" className="mb-3 font-semibold text-lg">
            {t("general")}
          </h2>
          <div className="flex flex-col gap-5 rounded-xl border border-line bg-raised p-5">
            <NameFields {...fields} />
            {!knowledgeBase.personal && <DepartmentField values={values} onChange={change} />}
          </div>
        </section>
        <section aria-labelledby="settings-processing">
          <h2 id="settings-processing" className="font-semibold text-lg">
            {t("processing")}
          </h2>
          <p className="mb-3 text-muted text-sm">{t("processingText")}</p>
          <div className="flex flex-col gap-5 rounded-xl border border-line bg-raised p-5">
            <ChunkingFields {...fields} />
            <KeepOriginalsField values={values} onChange={change} />
            <KeptVersionsField {...fields} />
            {manages && hasDocuments && (
              <Button
                variant="secondary"
                size="sm"
                className="self-start"
                disabled={dirty}
                onClick={() => setOffering(true)}
              >
                {t("reprocess")}
              </Button>
            )}
          </div>
        </section>
        {update.error && (
          <p role="alert" className="text-danger text-sm">
            {say(update.error)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={update.isPending} disabled={!dirty}>
            {t("save")}
          </Button>
          {dirty && (
            <Button
              variant="ghost"
              onClick={() => {
                setChanges({});
                setErrors({});
              }}
            >
              {t("discard")}
            </Button>
          )}
        </div>
      </form>
      {manages && <SearchUseSection knowledgeBaseId={knowledgeBase.id} />}
      <DeleteSection knowledgeBase={knowledgeBase} />
      <ConfirmDialog
        open={offering}
        onOpenChange={setOffering}
        title={t("reprocessTitle")}
        description={t("reprocessText")}
        confirm={t("reprocess")}
        onConfirm={processAgain}
      />
    </div>
  );
}
