"use client";

import { Search } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { MEDIA_TYPES } from "../media";
import type { SearchValues } from "./filters";
import { messages } from "./messages";

interface SearchFormProps {
  values: SearchValues;
  busy: boolean;
  onChange: (values: SearchValues) => void;
  onSubmit: (values: SearchValues) => void;
}

export function SearchForm({ values, busy, onChange, onSubmit }: SearchFormProps) {
  const t = useMessages(messages);
  const filtered = values.mediaType !== "" || values.from !== "" || values.to !== "";

  /** A filter counts at once where something has been searched for. */
  function narrow(changes: Partial<SearchValues>) {
    const next = { ...values, ...changes };
    if (next.query.trim()) onSubmit(next);
    else onChange(next);
  }

  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(values);
        }}
      >
        <div className="flex gap-2">
          <div className="relative min-w-0 flex-1">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted"
            />
            <Input
              type="search"
              className="pl-9"
              aria-label={t("query")}
              placeholder={t("placeholder")}
              maxLength={8000}
              value={values.query}
              onChange={(event) => onChange({ ...values, query: event.target.value })}
            />
          </div>
          <Button type="submit" busy={busy}>
            {t("go")}
          </Button>
        </div>
        <fieldset className="mt-3 flex flex-wrap items-end gap-3">
          <legend className="sr-only">{t("filters")}</legend>
          <Field label={t("type")} className="w-40">
            <Select value={values.mediaType} onChange={(event) => narrow({ mediaType: event.target.value })}>
              <option value="">{t("anyType")}</option>
              {MEDIA_TYPES.map(({ type, name }) => (
                <option key={type} value={type}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("from")} className="w-40">
            <Input
              type="date"
              max={values.to || undefined}
              value={values.from}
              onChange={(event) => narrow({ from: event.target.value })}
            />
          </Field>
          <Field label={t("to")} className="w-40">
            <Input
              type="date"
              min={values.from || undefined}
              value={values.to}
              onChange={(event) => narrow({ to: event.target.value })}
            />
          </Field>
          {filtered && (
            <Button variant="ghost" onClick={() => narrow({ mediaType: "", from: "", to: "" })}>
              {t("clear")}
            </Button>
          )}
        </fieldset>
      </form>
    </search>
  );
}
