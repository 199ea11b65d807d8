"use client";

import type { ReactNode } from "react";

import { useMessages } from "@/lib/i18n";

import { Button } from "./button";
import { messages } from "./messages";

interface FormFooterProps {
  /** The id of the form that the dialog holds. */
  form: string;
  busy: boolean;
  disabled?: boolean;
  danger?: boolean;
  onCancel: () => void;
  /** The text of the button that sends the form. */
  children: ReactNode;
}

/** The foot of a dialog with a form: "Cancel", and the button that sends it. */
export function FormFooter({ form, busy, disabled = false, danger, onCancel, children }: FormFooterProps) {
  const t = useMessages(messages);
  return (
    <>
      <Button variant="secondary" onClick={onCancel}>
        {t("cancel")}
      </Button>
      <Button type="submit" form={form} variant={danger ? "danger" : "primary"} busy={busy} disabled={disabled}>
        {children}
      </Button>
    </>
  );
}
