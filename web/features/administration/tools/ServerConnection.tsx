"use client";

import { KeyRound, Unplug } from "lucide-react";
import { type ReactNode, useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { ConnectDialog } from "./ConnectDialog";
import { messages } from "./messages";
import { type Connection, type ToolServer, useDisconnect } from "./queries";

/** Who we are at a server that asks callers to sign in. */
export function ServerConnection({ server }: { server: ToolServer }) {
  const t = useMessages(messages);
  const disconnect = useDisconnect();
  const [act, setAct] = useState<"connect" | "disconnect" | null>(null);
  const close = () => setAct(null);
  const connection = server.connection;
  return (
    <div className="grid gap-4">
      {connection ? <Facts connection={connection} /> : <p className="text-muted text-sm">{t("connectText")}</p>}
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          variant={connection?.state === "connected" ? "secondary" : "primary"}
          onClick={() => setAct("connect")}
        >
          <KeyRound aria-hidden className="size-4" />
          {connection ? t("connectAgain") : t("connect")}
        </Button>
        {connection && (
          <Button size="sm" variant="secondary" onClick={() => setAct("disconnect")}>
            <Unplug aria-hidden className="size-4" />
            {t("disconnect")}
          </Button>
        )}
      </div>
      {act === "connect" && <ConnectDialog server={server} onClose={close} />}
      {act === "disconnect" && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={t("disconnectTitle", { name: server.name })}
          description={t("disconnectText")}
          confirm={t("disconnect")}
          danger
          onConfirm={async () => {
            await disconnect.mutateAsync(server.id);
            toast({ title: t("disconnected", { name: server.name }), tone: "success" });
          }}
        />
      )}
    </div>
  );
}

function Facts({ connection }: { connection: Connection }) {
  const t = useMessages(messages);
  const { moment } = useFormats();
  const broken = connection.state === "broken";
  return (
    <div className="grid gap-3">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={broken ? "danger" : "success"}>{t(broken ? "broken" : "connected")}</Badge>
        {!broken && (
          <span className="text-muted">{t("connectedSince", { when: moment(connection.connected_at) })}</span>
        )}
      </p>
      {connection.failure && (
        <p role="alert" className="break-words text-danger text-sm">
          {connection.failure}
        </p>
      )}
      <dl className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        <Fact name={t("vouching")}>{connection.issuer}</Fact>
        <Fact name={t("as")}>{t(connection.grant === "machine" ? "asMachine" : "asPerson")}</Fact>
        <Fact name={t("client")}>
          {connection.client_id}
          {connection.registered && <span className="text-muted"> ({t("registered")})</span>}
        </Fact>
        {connection.scope && <Fact name={t("scope")}>{connection.scope}</Fact>}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-all">{children}</dd>
    </>
  );
}
