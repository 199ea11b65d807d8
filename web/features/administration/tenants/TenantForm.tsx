"use client";

import { type FormEvent, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { messages } from "./messages";
import { type Invited, type Tenant, useCreateTenant, useInviteAdministrator, useUpdateTenant } from "./queries";
import { placesFor } from "./tree";

interface ParentFieldProps {
  /** The one that is moved; nothing below it is offered. */
  moved?: string;
  tenants: readonly Tenant[];
  value: string;
  onChange: (value: string) => void;
}

function ParentField({ moved = "", tenants, value, onChange }: ParentFieldProps) {
  const t = useMessages(messages);
  return (
    <Field label={t("parent")}>
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t("top")}</option>
        {placesFor(tenants, moved).map(({ one, depth }) => (
          <option key={one.id} value={one.id}>
            {"\u2003".repeat(depth) + one.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

interface TenantFormProps {
  tenants: readonly Tenant[];
  /** Chosen from the start. */
  parent?: Tenant | undefined;
  /** An administrator for this tenant, instead of a new tenant. */
  invitesTo?: Tenant;
  onInvited: (invited: Invited) => void;
  onClose: () => void;
}

/** A new tenant with its first administrator; or a further administrator. */
export function TenantForm({ tenants, parent, invitesTo, onInvited, onClose }: TenantFormProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useProblemText();
  const form = useId();
  const create = useCreateTenant();
  const invite = useInviteAdministrator();
  const [values, setValues] = useState({ tenant: "", parentId: parent?.id ?? "", name: "", email: "" });
  const [checked, setChecked] = useState(false);
  const set = (changes: Partial<typeof values>) => setValues({ ...values, ...changes });
  const wrong = {
    tenant: !invitesTo && !values.tenant.trim(),
    name: !values.name.trim(),
    email: !/^\S+@\S+$/.test(values.email.trim()),
  };
  const problem = create.error ?? invite.error;
  const busy = create.isPending || invite.isPending;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (wrong.tenant || wrong.name || wrong.email || busy) return;
    const person = { name: values.name.trim(), email: values.email.trim() };
    try {
      if (invitesTo) return onInvited(await invite.mutateAsync({ id: invitesTo.id, ...person }));
      const name = values.tenant.trim();
      const made = await create.mutateAsync({ name, parent_id: values.parentId || null, invite: person });
      toast({ title: t("made", { name }), tone: "success" });
      if (made.invited) onInvited(made.invited);
      else onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={invitesTo ? t("inviteTitle", { name: invitesTo.name }) : t("newTitle")}
      description={t(invitesTo ? "inviteText" : "newText")}
      footer={
        <FormFooter form={form} busy={busy} onCancel={onClose}>
          {invitesTo ? t("makeLink") : c("create")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {!invitesTo && (
          <>
            <Field label={c("name")} error={checked && wrong.tenant && c("enterName")}>
              <Input
                autoComplete="off"
                maxLength={200}
                value={values.tenant}
                onChange={(event) => set({ tenant: event.target.value })}
              />
            </Field>
            <ParentField tenants={tenants} value={values.parentId} onChange={(parentId) => set({ parentId })} />
          </>
        )}
        <Field label={t("adminName")} error={checked && wrong.name && t("enterName")}>
          <Input
            autoComplete="off"
            maxLength={200}
            value={values.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        </Field>
        <Field label={t("adminEmail")} error={checked && wrong.email && t("enterEmail")}>
          <Input
            type="email"
            inputMode="email"
            autoComplete="off"
            maxLength={320}
            value={values.email}
            onChange={(event) => set({ email: event.target.value })}
          />
        </Field>
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {problem instanceof Problem && problem.code === "taken"
              ? t(invitesTo ? "emailTaken" : "taken")
              : say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

interface MoveDialogProps {
  tenant: Tenant;
  tenants: readonly Tenant[];
  onClose: () => void;
}

export function MoveDialog({ tenant, tenants, onClose }: MoveDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useProblemText();
  const form = useId();
  const update = useUpdateTenant();
  const [parentId, setParentId] = useState(tenant.parent_id ?? "");

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      await update.mutateAsync({ id: tenant.id, parent_id: parentId || null });
      toast({ title: t("moved", { name: tenant.name }), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("moveTitle", { name: tenant.name })}
      description={t("moveText")}
      className="max-w-md"
      footer={
        <FormFooter form={form} busy={update.isPending} onCancel={onClose}>
          {c("save")}
        </FormFooter>
      }
    >
      <form id={form} onSubmit={submit} className="grid gap-4">
        <ParentField moved={tenant.id} tenants={tenants} value={parentId} onChange={setParentId} />
        {update.error && (
          <p role="alert" className="text-danger text-sm">
            {say(update.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
