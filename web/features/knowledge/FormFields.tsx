"use client";

import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { useMessages } from "@/lib/i18n";

import type { FormErrors, FormValues } from "./form";
import { formMessages } from "./form-messages";
import { useDepartments } from "./queries";

interface FieldsProps {
  values: FormValues;
  errors: FormErrors;
  /** What the server says of a field. */
  refused?: Readonly<Record<string, string>>;
  onChange: (changes: Partial<FormValues>) => void;
}

export function NameFields({ values, errors, refused = {}, onChange }: FieldsProps) {
  const t = useMessages(formMessages);
  return (
    <>
      <Field label={t("name")} error={errors.name ? t("nameMissing") : refused.name}>
        <Input
          value={values.name}
          maxLength={200}
          autoComplete="off"
          required
          onChange={(event) => onChange({ name: event.target.value })}
        />
      </Field>
      <Field label={t("description")} hint={t("descriptionHint")} error={refused.description}>
        <Textarea
          rows={3}
          value={values.description}
          maxLength={2000}
          onChange={(event) => onChange({ description: event.target.value })}
        />
      </Field>
    </>
  );
}

export function DepartmentField({ values, onChange }: Pick<FieldsProps, "values" | "onChange">) {
  const t = useMessages(formMessages);
  const departments = useDepartments();
  if (!departments.data?.length && !values.departmentId) return null;
  return (
    <Field label={t("department")} hint={t("departmentHint")}>
      <Select value={values.departmentId} onChange={(event) => onChange({ departmentId: event.target.value })}>
        <option value="">{t("noDepartment")}</option>
        {departments.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** How documents are cut. Few people ever change it. */
export function ChunkingFields({ values, errors, onChange }: FieldsProps) {
  const t = useMessages(formMessages);
  return (
    <>
      <Field label={t("strategy")} hint={t("strategyHint")}>
        <Select
          value={values.strategy}
          onChange={(event) => onChange({ strategy: event.target.value as FormValues["strategy"] })}
        >
          <option value="heading">{t("strategyHeading")}</option>
          <option value="paragraph">{t("strategyParagraph")}</option>
          <option value="fixed">{t("strategyFixed")}</option>
        </Select>
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("target")} hint={t("targetHint")} error={errors.target && t("targetWrong")}>
          <Input
            inputMode="numeric"
            value={values.target}
            onChange={(event) => onChange({ target: event.target.value })}
          />
        </Field>
        {values.strategy === "fixed" && (
          <Field label={t("overlap")} hint={t("overlapHint")} error={errors.overlap && t("overlapWrong")}>
            <Input
              inputMode="numeric"
              value={values.overlap}
              onChange={(event) => onChange({ overlap: event.target.value })}
            />
          </Field>
        )}
      </div>
    </>
  );
}

export function KeepOriginalsField({ values, onChange }: Pick<FieldsProps, "values" | "onChange">) {
  const t = useMessages(formMessages);
  return (
    <Checkbox
      label={t("keepOriginals")}
      hint={t("keepOriginalsHint")}
      checked={values.keepOriginals}
      onCheckedChange={(keepOriginals) => onChange({ keepOriginals })}
    />
  );
}

export function KeptVersionsField({ values, errors, onChange }: FieldsProps) {
  const t = useMessages(formMessages);
  return (
    <Field label={t("kept")} hint={t("keptHint")} error={errors.kept && t("keptWrong")}>
      <Input inputMode="numeric" value={values.kept} onChange={(event) => onChange({ kept: event.target.value })} />
    </Field>
  );
}
