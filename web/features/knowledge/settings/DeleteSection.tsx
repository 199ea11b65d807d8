"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { useDeleteKnowledgeBase } from "../mutations";
import { useDocumentCount } from "../queries";
import type { KnowledgeBase } from "../types";
import { messages } from "./messages";

export function DeleteSection({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const router = useRouter();
  const remove = useDeleteKnowledgeBase(knowledgeBase.id);
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const { name } = knowledgeBase;
  const count = useDocumentCount(knowledgeBase.id);

  async function run() {
    await remove.mutateAsync();
    toast({ title: t("deleted", { name }), tone: "success" });
    router.push("/knowledge/");
  }

  return (
    <section aria-labelledby="settings-danger">
      <h2 id="settings-danger" className="mb-3 font-semibold text-lg">
        {t("danger")}
      </h2>
      <div className="flex flex-wrap items-center justify-between gap-4 rounded-xl border border-danger p-5">
        <div className="min-w-0 flex-1 basis-64">
          <h3 className="font-medium">{t("deleteTitle")}</h3>
          <p className="text-muted text-sm">{t("deleteText")}</p>
        </div>
        <Button
          variant="danger"
          onClick={() => {
            setTyped("");
            setAsking(true);
          }}
        >
          {t("delete")}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("confirmTitle", { name })}
        description={
          <>
            <span className="block">{t("confirmWhat", { count: count === 1 ? 1 : formats.number(count) })}</span>
            <span className="mt-2 block">{t("confirmHidden")}</span>
          </>
        }
        confirm={t("confirm")}
        danger
        disabled={typed.trim() !== name.trim()}
        onConfirm={run}
      >
        <Field label={t("confirmType")} hint={name}>
          <Input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </Field>
      </ConfirmDialog>
    </section>
  );
}
