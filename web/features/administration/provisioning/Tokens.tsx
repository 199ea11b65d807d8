"use client";

import { KeyRound, Plus, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { DropdownMenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { RowMenu } from "../RowMenu";
import { messages } from "./messages";
import { type Token, useDeleteToken, useTokens } from "./queries";
import { TokenDialog } from "./TokenDialog";

type Act = { kind: "create" } | { kind: "rotate" | "delete"; token: Token };

const SOON = 14 * 24 * 60 * 60_000;

/** The directories' tokens: made, replaced, deleted. */
export function Tokens() {
  const t = useMessages(messages);
  const query = useTokens();
  const remove = useDeleteToken();
  const [act, setAct] = useState<Act | null>(null);
  return (
    <section className="grid gap-3">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-medium">{t("tokens")}</h3>
        <Button size="sm" variant="secondary" onClick={() => setAct({ kind: "create" })}>
          <Plus aria-hidden className="size-4" />
          {t("newToken")}
        </Button>
      </div>
      <Listing query={query} empty={<p className="text-muted text-sm">{t("noTokens")}</p>}>
        <ul className="divide-y divide-line border-line border-y">
          {query.items.map((token) => (
            <Row key={token.id} token={token} onAct={setAct} />
          ))}
        </ul>
      </Listing>
      {act?.kind === "create" && <TokenDialog onClose={() => setAct(null)} />}
      {act?.kind === "rotate" && <TokenDialog token={act.token} onClose={() => setAct(null)} />}
      {act?.kind === "delete" && (
        <ConfirmDialog
          open
          onOpenChange={() => setAct(null)}
          title={t("removeTitle", { name: act.token.name })}
          description={t("removeText")}
          confirm={t("remove")}
          danger
          onConfirm={async () => {
            await remove.mutateAsync(act.token.id);
            toast({ title: t("removed", { name: act.token.name }), tone: "success" });
          }}
        />
      )}
    </section>
  );
}

function Row({ token, onAct }: { token: Token; onAct: (act: Act) => void }) {
  const t = useMessages(messages);
  const { ago, date } = useFormats();
  const left = new Date(token.expires_at).getTime() - Date.now();
  const until = date(token.expires_at);
  return (
    <li className="flex items-center gap-3 py-2">
      <KeyRound aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="break-words font-medium">{token.name}</span>
          {left <= 0 && <Badge tone="danger">{t("expired", { when: until })}</Badge>}
          {left > 0 && left < SOON && <Badge tone="warning">{t("soon", { when: until })}</Badge>}
        </p>
        <p className="text-muted text-sm">
          {[
            token.last_used_at ? t("used", { when: ago(token.last_used_at) }) : t("unused"),
            left >= SOON && t("expires", { when: until }),
            token.rotated_at && t("rotated", { when: ago(token.rotated_at) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <RowMenu name={token.name}>
        <DropdownMenuItem icon={RefreshCw} onSelect={() => onAct({ kind: "rotate", token })}>
          {t("rotate")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={Trash2} danger onSelect={() => onAct({ kind: "delete", token })}>
          {t("remove")}
        </DropdownMenuItem>
      </RowMenu>
    </li>
  );
}
