"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { type Agent, useDelete } from "./queries";

export function DeleteSection({ agent }: { agent: Agent }) {
  const t = useMessages(messages);
  const router = useRouter();
  const remove = useDelete(agent.id);
  const [asking, setAsking] = useState(false);
  const { name } = agent;

  const run = async () => {
    await remove.mutateAsync();
    toast({ title: t("deleted", { name }), tone: "success" });
    router.push("/agents/");
  };
  return (
    <section aria-labelledby="agent-danger">
      <h2 id="agent-danger" className="mb-3 font-semibold text-lg">
        {t("danger")}
      </h2>
      <div className="flex flex-wrap items-center justify-between gap-4 rounded-xl border border-danger p-5">
        <p className="min-w-0 flex-1 basis-64 text-muted text-sm">{t("deleteText")}</p>
        <Button variant="danger" onClick={() => setAsking(true)}>
          {t("delete")}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("confirmTitle", { name })}
        description={t("confirmText")}
        confirm={t("confirm")}
        danger
        onConfirm={run}
      />
    </section>
  );
}
