"use client";

import { type FormEvent, useState } from "react";

export type Errors<Name extends string> = Partial<Record<Name, string>>;

/** Brings the focus to the first field of the form that was refused. */
export function focusFirstError(form: HTMLFormElement, errors: Partial<Record<string, string>>): void {
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && errors[element.name]) {
      element.focus();
      return;
    }
  }
}

interface Handlers<Name extends string> {
  /** What is wrong before anything is sent. */
  check: (values: Record<Name, string>) => Errors<Name>;
  send: (values: Record<Name, string>) => Promise<void>;
  /** What a refusal says about each field; what belongs to none is under `form`. */
  explain: (problem: unknown) => Errors<Name> & { form?: string };
}

/** A short form: checked at once, sent once, and told what is wrong field by field. */
export function useForm<Name extends string>({ check, send, explain }: Handlers<Name>) {
  const [errors, setErrors] = useState<Errors<Name> & { form?: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy) return;
    const values = Object.fromEntries(new FormData(form)) as Record<Name, string>;
    const wrong = check(values);
    setErrors(wrong);
    if (Object.values(wrong).some(Boolean)) {
      focusFirstError(form, wrong);
      return;
    }
    setBusy(true);
    try {
      await send(values);
    } catch (problem) {
      const refused = explain(problem);
      setErrors(refused);
      focusFirstError(form, refused);
    } finally {
      setBusy(false);
    }
  };

  /** What is wrong with a field is over when it is being changed. */
  const onInput = (event: FormEvent<HTMLFormElement>) => {
    const { name } = event.target as HTMLInputElement;
    if (errors[name as Name] || errors.form) setErrors({ ...errors, [name]: undefined, form: undefined });
  };

  return { errors, busy, form: { onSubmit: submit, onInput, noValidate: true } };
}
