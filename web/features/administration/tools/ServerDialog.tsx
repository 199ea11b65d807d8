"use client";

import { type FormEvent, useId, useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { TextInput } from "../TextInput";
import { messages } from "./messages";
import { type Auth, type ToolServer, useCreateServer, useUpdateServer } from "./queries";

const AUTHS: readonly Auth[] = ["none", "bearer", "oauth"];
const NAME = /^[a-z][a-z0-9-]{0,22}[a-z0-9]$/;
const ADDRESS = /^https?:\/\/\S+$/;

interface ServerDialogProps {
  /** Left out for a new one. */
  server?: ToolServer;
  onSaved?: (server: ToolServer) => void;
  onClose: () => void;
}

/** Where a server is, and what it asks for at the door. */
export function ServerDialog({ server, onSaved, onClose }: ServerDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useProblemText();
  const form = useId();
  const create = useCreateServer();
  const update = useUpdateServer();
  const [values, setValues] = useState(() => begin(server));
  const [checked, setChecked] = useState(false);
  const set = (changes: Partial<typeof values>) => setValues({ ...values, ...changes });
  const url = values.url.trim();
  const moved = server !== undefined && url !== server.url;
  const keeps = server?.has_token === true && !moved;
  const wrong = {
    name: !server && !NAME.test(values.name),
    url: !ADDRESS.test(url),
    token: values.auth === "bearer" && !keeps && !values.token.trim(),
  };
  const problem = create.error ?? update.error;
  const busy = create.isPending || update.isPending;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (wrong.name || wrong.url || wrong.token || busy) return;
    const token = values.auth === "bearer" && values.token.trim() ? { token: values.token.trim() } : {};
    const fields = { url, auth: values.auth, ...token };
    try {
      const saved = server
        ? await update.mutateAsync({ id: server.id, enabled: values.enabled, ...fields })
        : await create.mutateAsync({ name: values.name, ...fields });
      toast({ title: c("saved", { name: saved.name }), tone: "success" });
      onClose();
      onSaved?.(saved);
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={server ? t("editTitle", { name: server.name }) : t("newTitle")}
      className="max-w-lg"
      footer={
        <FormFooter form={form} busy={busy} onCancel={onClose}>
          {c("save")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {!server && (
          <Field label={c("name")} hint={t("serverNameHint")} error={checked && wrong.name && t("enterServerName")}>
            <TextInput value={values.name} maxLength={24} onText={(name) => set({ name: name.toLowerCase() })} />
          </Field>
        )}
        <Field
          label={t("address")}
          hint={moved ? t("addressWarning") : t("addressHint")}
          error={checked && wrong.url && t("enterAddress")}
        >
          <TextInput value={values.url} maxLength={2000} inputMode="url" onText={(text) => set({ url: text })} />
        </Field>
        <Field label={t("auth")} hint={values.auth === "oauth" && server?.auth !== "oauth" && t("oauthHint")}>
          <Select value={values.auth} onChange={(event) => set({ auth: event.target.value as Auth })}>
            {AUTHS.map((one) => (
              <option key={one} value={one}>
                {t(`auth_${one}`)}
              </option>
            ))}
          </Select>
        </Field>
        {values.auth === "bearer" && (
          <Field
            label={t("token")}
            hint={keeps ? t("tokenKeep") : t("tokenHint")}
            error={checked && wrong.token && t("enterToken")}
          >
            <TextInput value={values.token} type="password" maxLength={2000} onText={(token) => set({ token })} />
          </Field>
        )}
        {server && (
          <Checkbox
            label={t("enabled")}
            hint={t("enabledHint")}
            checked={values.enabled}
            onCheckedChange={(enabled) => set({ enabled })}
          />
        )}
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function begin(server?: ToolServer) {
  return {
    name: "",
    url: server?.url ?? "",
    auth: server?.auth ?? ("none" as Auth),
    token: "",
    enabled: server?.enabled ?? true,
  };
}
