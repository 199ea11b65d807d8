"use client";

import { type FormEvent, useId, useState } from "react";

import { Dialog } from "@/components/ui/dialog";
import { FormFooter } from "@/components/ui/form-footer";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { ChunkingFields, DepartmentField, KeepOriginalsField, NameFields } from "./FormFields";
import { check, chunkingOf, type FormErrors, FRESH } from "./form";
import { messages } from "./messages";
import { useCreateKnowledgeBase } from "./mutations";
import { useMe } from "./queries";

const READERS = ["Later", "All", "Me"] as const;
type Readers = (typeof READERS)[number];

interface CreateDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated: (id: string) => void;
}

export function CreateDialog({ open, onOpenChange, onCreated }: CreateDialogProps) {
  const t = useMessages(messages);
  const form = useId();
  const me = useMe();
  const create = useCreateKnowledgeBase();
  const [values, setValues] = useState(FRESH);
  const [readers, setReaders] = useState<Readers>("Later");
  const [errors, setErrors] = useState<FormErrors>({});
  const problem = create.error instanceof Problem ? create.error : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = check(values);
    setErrors(found);
    if (Object.keys(found).length > 0 || create.isPending) return;
    const tenant = me.data?.tenant.id;
    create.mutate(
      {
        name: values.name.trim(),
        description: values.description.trim(),
        personal: readers === "Me",
        department_id: readers === "Me" ? null : values.departmentId || null,
        chunking: chunkingOf(values),
        keep_originals: values.keepOriginals,
        grants: readers === "All" && tenant ? [{ subject_kind: "tenant", subject_id: tenant, level: "read" }] : [],
      },
      {
        onSuccess: ({ id }) => {
          setValues(FRESH);
          setReaders("Later");
          onOpenChange(false);
          onCreated(id);
        },
      },
    );
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("create")}
      description={t("createText")}
      footer={
        <FormFooter form={form} busy={create.isPending} onCancel={() => onOpenChange(false)}>
          {t("createIt")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
        <NameFields
          values={values}
          errors={errors}
          refused={problem?.fields}
          onChange={(changes) => setValues({ ...values, ...changes })}
        />
        <fieldset>
          <legend className="mb-2 font-medium text-sm">{t("readers")}</legend>
          <div className="flex flex-col gap-2">
            {READERS.map((one) => (
              <label
                key={one}
                className="flex cursor-pointer items-start gap-3 rounded-lg border border-line p-3 has-checked:border-accent has-checked:bg-accent-soft"
              >
                <input
                  type="radio"
                  name={`${form}-readers`}
                  className="mt-1 size-4 shrink-0 accent-accent"
                  checked={readers === one}
                  onChange={() => setReaders(one)}
                />
                <span>
                  <span className="font-medium text-sm">
                    {t(`readers${one}`, { tenant: me.data?.tenant.name ?? "" })}
                  </span>
                  <span className="block text-muted text-sm">{t(`readers${one}Hint`)}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        {readers !== "Me" && (
          <DepartmentField values={values} onChange={(changes) => setValues({ ...values, ...changes })} />
        )}
        <details className="rounded-lg border border-line">
          <summary className="cursor-pointer rounded-lg px-3 py-2 font-medium text-sm">{t("advanced")}</summary>
          <div className="flex flex-col gap-5 border-line border-t p-3">
            <ChunkingFields
              values={values}
              errors={errors}
              onChange={(changes) => setValues({ ...values, ...changes })}
            />
            <KeepOriginalsField values={values} onChange={(changes) => setValues({ ...values, ...changes })} />
          </div>
        </details>
        {create.error && (
          <p role="alert" className="text-danger text-sm">
            {create.error.message}
          </p>
        )}
      </form>
    </Dialog>
  );
}
