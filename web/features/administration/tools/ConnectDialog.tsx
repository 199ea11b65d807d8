"use client";

import { type FormEvent, useId, useState } from "react";

import { CopyField } from "@/components/ui/copy-field";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type ToolServer, useConnect, useTools } from "./queries";
import { rememberWay } from "./way";

/** Begins a sign-in at whoever vouches for a server; the browser comes back to the page `connected`. */
export function ConnectDialog({ server, onClose }: { server: ToolServer; onClose: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const redirect = useTools().data?.redirect_uri;
  const connect = useConnect();
  const [leaving, setLeaving] = useState(false);
  const [checked, setChecked] = useState(false);
  const [grant, setGrant] = useState(server.connection?.grant ?? "sign-in");
  const [client, setClient] = useState("");
  const [secret, setSecret] = useState("");
  const machine = grant === "machine";
  // One that was entered before is known already.
  const known = server.connection !== null && !server.connection.registered;
  const wrong = {
    client: machine && !known && !client.trim(),
    secret: machine && !secret.trim() && (!known || client.trim() !== ""),
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (wrong.client || wrong.secret || connect.isPending || leaving) return;
    const client_id = client.trim();
    const proof = client_id && secret.trim() ? { client_secret: secret.trim() } : {};
    try {
      const { sign_in_url } = await connect.mutateAsync({ id: server.id, grant, client_id, ...proof });
      if (sign_in_url && /^https?:/.test(sign_in_url)) {
        setLeaving(true);
        rememberWay(server.id);
        window.location.assign(sign_in_url);
        return;
      }
      toast({ title: t("isConnected", { name: server.name }), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("connectTitle", { name: server.name })}
      description={t(machine ? "machineText" : "connectText")}
      className="max-w-lg"
      footer={
        <FormFooter form={form} busy={connect.isPending || leaving} onCancel={onClose}>
          {t(machine ? "connect" : "goOn")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        <Field label={t("grant")}>
          <Select value={grant} onChange={(event) => setGrant(event.target.value as typeof grant)}>
            <option value="sign-in">{t("grantPerson")}</option>
            <option value="machine">{t("grantMachine")}</option>
          </Select>
        </Field>
        <Field
          label={t("clientId")}
          hint={t(machine ? "clientIdNeeded" : "clientIdHint")}
          error={checked && wrong.client && t("enterClientId")}
        >
          <Input
            autoComplete="off"
            spellCheck={false}
            maxLength={2000}
            value={client}
            onChange={(event) => setClient(event.target.value)}
          />
        </Field>
        {(machine || client.trim() !== "") && (
          <Field
            label={t("clientSecret")}
            hint={t("clientSecretHint")}
            error={checked && wrong.secret && t("enterClientSecret")}
          >
            <Input
              type="password"
              autoComplete="off"
              maxLength={2000}
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
            />
          </Field>
        )}
        {!machine && redirect && <CopyField label={t("redirect")} hint={t("redirectHint")} value={redirect} />}
        {connect.error && (
          <p role="alert" className="break-words text-danger text-sm">
            {say(connect.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
