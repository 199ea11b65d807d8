"use client";

import { useId } from "react";

import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useModelNames } from "./queries";

interface ModelFieldProps {
  /** The provider whose models are offered. */
  provider: string;
  azure: boolean;
  value: string;
  error?: string | false;
  onChange: (value: string) => void;
}

/** A model's name: typed, or chosen from what the provider says it has. */
export function ModelField({ provider, azure, value, error, onChange }: ModelFieldProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const list = useId();
  const names = useModelNames(provider);
  const found = names.data?.models ?? [];
  const hint = names.isFetching
    ? t("fetching")
    : names.isError || names.data?.failure
      ? t("notFetched", { sentence: names.data?.failure ?? say(names.error) })
      : azure
        ? t("modelAzure")
        : names.data && t("fetched", { count: found.length });
  return (
    <div>
      <Field label={t("model")} hint={hint || undefined} error={error}>
        <Input
          autoComplete="off"
          spellCheck={false}
          maxLength={150}
          list={list}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
      <datalist id={list}>
        {found.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
