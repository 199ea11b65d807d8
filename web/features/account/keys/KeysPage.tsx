"use client";

import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { useTitle } from "@/lib/title";

import { CreateKey } from "./CreateKey";
import { messages } from "./messages";
import { type ApiKey, useApiKeys, useRevokeKey } from "./queries";

/** One's own API keys: made, looked after, revoked. */
export function KeysPage() {
  const t = useMessages(messages);
  const keys = useApiKeys();
  const revoke = useRevokeKey();
  const [making, setMaking] = useState(false);
  const [leaving, setLeaving] = useState<ApiKey | null>(null);
  useTitle(t("title"));
  return (
    <div className="mx-auto grid w-full max-w-2xl gap-6 px-4 py-10 sm:px-8">
      <header className="flex flex-wrap items-start justify-between gap-4">
        <div className="max-w-md">
          <h1 className="font-semibold text-2xl tracking-tight">{t("title")}</h1>
          <p className="mt-1 text-pretty text-muted">{t("lead")}</p>
        </div>
        <Button onClick={() => setMaking(true)}>
          <Plus aria-hidden className="size-4" /> {t("make")}
        </Button>
      </header>
      {keys.isPending && (
        <div role="status" aria-label={t("loading")}>
          <Skeleton className="h-24 rounded-xl" />
        </div>
      )}
      {keys.isError && <ErrorState problem={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data?.length === 0 && <EmptyState icon={KeyRound} title={t("noneTitle")} description={t("noneText")} />}
      {keys.data && keys.data.length > 0 && (
        <ul className="divide-y divide-line rounded-xl border border-line bg-raised">
          {keys.data.map((key) => (
            <Row key={key.id} apiKey={key} onRevoke={() => setLeaving(key)} />
          ))}
        </ul>
      )}
      {making && <CreateKey onClose={() => setMaking(false)} />}
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        title={t("revokeTitle", { name: leaving?.name ?? "" })}
        description={t("revokeText")}
        confirm={t("revoke")}
        danger
        onConfirm={async () => {
          if (!leaving) return;
          await revoke.mutateAsync(leaving.id);
          toast({ title: t("revoked", { name: leaving.name }) });
        }}
      />
    </div>
  );
}

function Row({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const isOver = new Date(apiKey.expires_at).getTime() <= Date.now();
  const until = formats.date(apiKey.expires_at);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4">
      <KeyRound aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="min-w-48 flex-1">
        <p className="font-medium [overflow-wrap:anywhere]">{apiKey.name}</p>
        <p className="text-muted text-sm">
          {[
            t("ending", { ending: apiKey.ending }),
            apiKey.last_used_at ? t("used", { when: formats.ago(apiKey.last_used_at) }) : t("unused"),
            !isOver && t("expires", { when: until }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
        <p className="mt-1.5 flex flex-wrap gap-1.5">
          {isOver && <Badge tone="warning">{t("expired", { when: until })}</Badge>}
          {apiKey.scopes.map((scope) => (
            <Badge key={scope}>{t(`scope_${scope}`)}</Badge>
          ))}
        </p>
      </div>
      <Button size="sm" variant="secondary" aria-label={t("revokeOf", { name: apiKey.name })} onClick={onRevoke}>
        {t("revoke")}
      </Button>
    </li>
  );
}
