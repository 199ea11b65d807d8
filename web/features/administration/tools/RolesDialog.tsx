"use client";

import { type FormEvent, useId, useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { FormFooter } from "@/components/ui/form-footer";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { messages as roleMessages } from "../roles/messages";
import { messages } from "./messages";
import { ROLES, type Role, useSetRule } from "./queries";

interface RolesDialogProps {
  /** As rules call it. */
  tool: string;
  name: string;
  roles: readonly Role[];
  onClose: () => void;
}

/** Whose models have a tool. */
export function RolesDialog({ tool, name, roles, onClose }: RolesDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const r = useMessages(roleMessages);
  const say = useProblemText();
  const form = useId();
  const rule = useSetRule();
  const [chosen, setChosen] = useState<readonly Role[]>(roles);
  const toggle = (role: Role, on: boolean) =>
    setChosen(ROLES.filter((one) => (one === role ? on : chosen.includes(one))));

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (rule.isPending) return;
    try {
      await rule.mutateAsync({ tool, roles: [...chosen] });
      toast({ title: t("ruleSaved", { name }), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("whoTitle", { name })}
      description={t("whoText")}
      className="max-w-md"
      footer={
        <FormFooter form={form} busy={rule.isPending} onCancel={onClose}>
          {c("save")}
        </FormFooter>
      }
    >
      <form id={form} onSubmit={submit} className="grid gap-3">
        {ROLES.map((role) => (
          <Checkbox
            key={role}
            label={r(`role_${role}`)}
            checked={chosen.includes(role)}
            onCheckedChange={(on) => toggle(role, on)}
          />
        ))}
        <p role="status" className="min-h-5 text-muted text-sm">
          {chosen.length === 0 ? t("nobodyHint") : ""}
        </p>
        {rule.error && (
          <p role="alert" className="text-danger text-sm">
            {say(rule.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
