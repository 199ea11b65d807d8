"use client";

import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { IconButton } from "./icon-button";
import { messages } from "./messages";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Its buttons, the one that goes on at the end. */
  footer?: ReactNode;
  /** False: neither Escape nor the cross closes it. */
  dismissible?: boolean;
  /** A press beside it closes it. Off by default: what was typed would be lost. */
  dismissOnPress?: boolean;
  /** The title is for screen readers alone. */
  hideHeader?: boolean;
  role?: "dialog" | "alertdialog";
  className?: string;
}

/** A question or a form over the page. The browser's own dialog keeps the focus in and the page out. */
export function Dialog({ className, ...rest }: DialogProps) {
  const look =
    "m-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg rounded-2xl border border-line animate-pop";
  return rest.open ? <Modal {...rest} className={cn(look, className)} /> : null;
}

/** The open dialog: exists only while it is open, so its content starts anew each time. */
export function Modal(props: DialogProps) {
  const { onOpenChange, title, description, children, footer, dismissible = true, dismissOnPress, hideHeader } = props;
  const t = useMessages(messages);
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);

  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const opener = document.activeElement;
    element.showModal();
    focusIn(element);
    for (const above of document.querySelectorAll<HTMLDialogElement>("dialog[data-must-be-answered]"))
      if (above !== element) raise(above);
    return () => {
      element.close();
      returnTo(opener);
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key for it
    <dialog
      ref={dialog}
      role={props.role}
      data-must-be-answered={dismissible ? undefined : true}
      tabIndex={-1}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        if (dismissible) onOpenChange(false);
      }}
      onClose={(event) => {
        // The browser closes at a second Escape whatever was said to the first.
        if (event.target !== event.currentTarget) return;
        if (dismissible) onOpenChange(false);
        else if (event.currentTarget.isConnected && !event.currentTarget.open) event.currentTarget.showModal();
      }}
      onClick={(event) => {
        if (dismissible && dismissOnPress && event.target === event.currentTarget) onOpenChange(false);
      }}
      className={cn("bg-raised p-0 text-text shadow-float outline-none backdrop:bg-black/40", props.className)}
    >
      <div className={cn("flex min-h-full flex-col", !hideHeader && "p-6")}>
        <div className={hideHeader ? "sr-only" : "mb-4 grid gap-1 pr-10"}>
          <h2 id={`${id}-title`} className="text-balance font-semibold text-lg leading-snug">
            {title}
          </h2>
          {description && (
            <p id={`${id}-description`} className="text-pretty text-muted">
              {description}
            </p>
          )}
        </div>
        {children}
        {footer && <div className="mt-6 flex flex-wrap justify-end gap-2">{footer}</div>}
      </div>
      {dismissible && !hideHeader && (
        <IconButton
          label={t("close")}
          icon={X}
          onClick={() => onOpenChange(false)}
          className="absolute top-4 right-4"
        />
      )}
    </dialog>
  );
}

const FIELDS = "input:not([type=hidden]):not(:disabled), textarea:not(:disabled), select:not(:disabled)";

function focusIn(dialog: HTMLElement): void {
  const first = dialog.querySelector<HTMLElement>("[data-autofocus]") ?? dialog.querySelector<HTMLElement>(FIELDS);
  (first ?? dialog).focus();
}

/** Above one that has opened since: what opened last is in front, and could not be got past to the one behind it. */
function raise(dialog: HTMLDialogElement): void {
  dialog.close();
  dialog.showModal();
  focusIn(dialog);
}

/** Back to where the focus was; where that is gone, to the page, so that it is never lost. */
function returnTo(opener: Element | null): void {
  const gone = !(opener instanceof HTMLElement) || !opener.isConnected || opener === document.body;
  const to = gone ? document.getElementById("main") : opener;
  to?.focus({ preventScroll: true });
}
