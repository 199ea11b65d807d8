"use client";

import { type ReactNode, useState } from "react";

import { useMessages } from "@/lib/i18n";

import { Button } from "./button";
import { Dialog } from "./dialog";
import { messages } from "./messages";
import { useProblemText } from "./problem-text";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Names what goes. */
  description?: ReactNode;
  /** The text of the button that does it. */
  confirm: ReactNode;
  /** While its promise is open the button is busy; a refusal is shown in the dialog, which then stays. */
  onConfirm: () => unknown;
  danger?: boolean;
  disabled?: boolean;
  children?: ReactNode;
}

/** Asks before something is done that cannot be undone. The focus starts at "Cancel". */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, confirm, onConfirm, danger, disabled, children } = props;
  const t = useMessages(messages);
  const say = useProblemText();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  const footer = (
    <>
      <Button variant="secondary" data-autofocus={children ? undefined : ""} onClick={() => onOpenChange(false)}>
        {t("cancel")}
      </Button>
      <Button variant={danger ? "danger" : "primary"} busy={busy} disabled={disabled ?? false} onClick={run}>
        {confirm}
      </Button>
    </>
  );
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setProblem(null);
        onOpenChange(next);
      }}
      role="alertdialog"
      title={title}
      description={description}
      footer={footer}
      className="max-w-md"
    >
      {children}
      {problem !== null && (
        <p role="alert" className="mt-3 text-danger text-sm">
          {say(problem)}
        </p>
      )}
    </Dialog>
  );
}
