"use client";

import { useEffect, useRef } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog } from "@/components/ui/dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages as common } from "../messages";
import { NameDialog } from "../NameDialog";
import { messages } from "./messages";
import { type Figures, type Invited, type Tenant, useResume, useSuspend, useUpdateTenant } from "./queries";
import { MoveDialog, TenantForm } from "./TenantForm";

/** What is being done. */
export type Act =
  | { kind: "create"; parent?: Tenant }
  | { kind: "rename" | "move" | "invite" | "suspend" | "resume"; tenant: Tenant }
  | { kind: "link"; invited: Invited };

interface TenantDialogsProps {
  act: Act;
  tenants: readonly Tenant[];
  figures: ReadonlyMap<string, Figures>;
  onAct: (act: Act | null) => void;
}

export function TenantDialogs({ act, tenants, figures, onAct }: TenantDialogsProps) {
  const close = () => onAct(null);
  const show = (invited: Invited) => onAct({ kind: "link", invited });
  switch (act.kind) {
    case "create":
      return (
        <TenantForm key={act.parent?.id ?? ""} parent={act.parent} tenants={tenants} onInvited={show} onClose={close} />
      );
    case "invite":
      return <TenantForm invitesTo={act.tenant} tenants={tenants} onInvited={show} onClose={close} />;
    case "link":
      return <LinkDialog invited={act.invited} onClose={close} />;
    case "rename":
      return <Rename tenant={act.tenant} onClose={close} />;
    case "move":
      return <MoveDialog tenant={act.tenant} tenants={tenants} onClose={close} />;
    case "suspend":
      return <Suspend tenant={act.tenant} people={figures.get(act.tenant.id)?.people ?? 0} onClose={close} />;
    default:
      return <Resume tenant={act.tenant} onClose={close} />;
  }
}

interface OneProps {
  tenant: Tenant;
  onClose: () => void;
}

function Rename({ tenant, onClose }: OneProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const update = useUpdateTenant();
  return (
    <NameDialog
      title={t("renameTitle", { name: tenant.name })}
      name={tenant.name}
      onSave={async (name) => {
        await update.mutateAsync({ id: tenant.id, name });
        toast({ title: c("saved", { name }), tone: "success" });
      }}
      onClose={onClose}
    />
  );
}

function Suspend({ tenant, people, onClose }: OneProps & { people: number }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const suspend = useSuspend();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("suspendTitle", { name: tenant.name })}
      description={t("suspendText", { people: c("people", { count: people }) })}
      confirm={t("suspend")}
      danger
      onConfirm={async () => {
        await suspend.mutateAsync(tenant.id);
        toast({ title: t("suspendDone", { name: tenant.name }), tone: "success" });
      }}
    />
  );
}

/** Needs no question. */
function Resume({ tenant, onClose }: OneProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const resume = useResume();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    resume
      .mutateAsync(tenant.id)
      .then(
        () => toast({ title: t("resumeDone", { name: tenant.name }), tone: "success" }),
        (problem) => toast({ title: say(problem), tone: "danger" }),
      )
      .finally(onClose);
  }, [resume, tenant, t, say, onClose]);
  return null;
}

/** The one-time link of an administrator: shown this once. */
function LinkDialog({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const t = useMessages(messages);
  const { moment } = useFormats();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("linkTitle", { name: invited.user.name })}
      description={t("linkLead", { when: moment(invited.link.expires_at) })}
      footer={<Button onClick={onClose}>{t("done")}</Button>}
    >
      {typeof invited.link.mailed === "boolean" && (
        <p role="status" className={cn("mb-3 text-sm", !invited.link.mailed && "text-warning")}>
          {t(invited.link.mailed ? "mailed" : "notMailed")}
        </p>
      )}
      <CopyField label={t("linkLabel")} value={invited.link.url} />
    </Dialog>
  );
}
