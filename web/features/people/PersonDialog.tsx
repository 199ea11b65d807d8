"use client";

import { type FormEvent, useId, useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./dialog-messages";
import { powerOver, rolesOf } from "./power";
import { type Choice, useInvite, useStructure, useUpdate } from "./queries";
import type { Link, Me, Person, Role } from "./types";

interface PersonDialogProps {
  me: Me | undefined;
  /** Left out: somebody new. */
  person?: Person;
  onClose: () => void;
  onInvited?: (name: string, link: Link) => void;
}

interface Values {
  email: string;
  name: string;
  role: Role;
  departmentId: string;
  groupIds: readonly string[];
}

/** Invites a person or changes one: name, role, department, groups. */
export function PersonDialog({ me, person, onClose, onInvited }: PersonDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const structure = useStructure();
  const invite = useInvite();
  const update = useUpdate();
  const [values, setValues] = useState<Values>(() => valuesOf(person));
  const [checked, setChecked] = useState(false);
  const set = (changes: Partial<Values>) => setValues({ ...values, ...changes });
  const governs = !person || powerOver(me, person).govern;
  const problem = invite.error ?? update.error;
  const fields = problem instanceof Problem ? problem.fields : {};
  const wrongEmail = !person && !/^\S+@\S+$/.test(values.email.trim());
  const wrongName = !values.name.trim();

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (wrongEmail || wrongName || invite.isPending || update.isPending) return;
    const body = {
      name: values.name.trim(),
      department_id: values.departmentId || null,
      group_ids: [...values.groupIds],
      ...(governs ? { role: values.role } : {}),
    };
    try {
      if (person) {
        const saved = await update.mutateAsync({ id: person.id, ...body });
        toast({ title: t("saved", { name: saved.name }), tone: "success" });
        onClose();
      } else {
        const made = await invite.mutateAsync({ ...body, email: values.email.trim(), role: values.role });
        onInvited?.(made.user.name, made.link);
      }
    } catch {
      // Shown in the form.
    }
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={person ? t("editTitle", { name: person.name }) : t("inviteTitle")}
      description={person ? person.email : t("inviteText")}
      footer={
        <FormFooter form={form} busy={invite.isPending || update.isPending} onCancel={onClose}>
          {t(person ? "save" : "inviteDo")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        {!person && (
          <Field label={t("email")} error={(checked && wrongEmail && t("enterEmail")) || fields.email}>
            <Input
              type="email"
              inputMode="email"
              autoComplete="off"
              maxLength={320}
              value={values.email}
              onChange={(event) => set({ email: event.target.value })}
            />
          </Field>
        )}
        <Field label={t("name")} error={(checked && wrongName && t("enterName")) || fields.name}>
          <Input
            autoComplete="off"
            maxLength={200}
            value={values.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        </Field>
        {governs ? (
          <Field label={t("role")}>
            <Select value={values.role} onChange={(event) => set({ role: event.target.value as Role })}>
              {rolesOf(me).map((role) => (
                <option key={role} value={role}>
                  {t(`role_${role}`)}
                </option>
              ))}
            </Select>
          </Field>
        ) : (
          <p className="text-muted text-sm">{t("onlyPart")}</p>
        )}
        <Field label={t("department")}>
          <Select value={values.departmentId} onChange={(event) => set({ departmentId: event.target.value })}>
            <option value="">{t("noDepartment")}</option>
            {structure.data?.departments.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        </Field>
        <Groups
          groups={structure.data?.groups ?? []}
          chosen={values.groupIds}
          onChange={(groupIds) => set({ groupIds })}
        />
        {problem && Object.keys(fields).length === 0 && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function valuesOf(person: Person | undefined): Values {
  return {
    email: person?.email ?? "",
    name: person?.name ?? "",
    role: person?.role ?? "user",
    departmentId: person?.department_id ?? "",
    groupIds: person?.group_ids ?? [],
  };
}

interface GroupsProps {
  groups: readonly Choice[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

function Groups({ groups, chosen, onChange }: GroupsProps) {
  const t = useMessages(messages);
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">{t("groups")}</legend>
      {groups.length === 0 ? (
        <p className="text-muted text-sm">{t("noGroups")}</p>
      ) : (
        <div className="grid max-h-40 gap-1 overflow-y-auto rounded-lg border border-line p-2 sm:grid-cols-2">
          {groups.map(({ id, name, fixed }) => (
            <Checkbox
              key={id}
              label={name}
              hint={fixed && t("fixedGroup")}
              disabled={fixed}
              checked={chosen.includes(id)}
              onCheckedChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}
