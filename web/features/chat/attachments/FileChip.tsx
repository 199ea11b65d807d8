"use client";

import { CircleAlert, FileText, RotateCw, X } from "lucide-react";
import type { ReactNode } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Progress } from "@/components/ui/progress";
import { Spinner } from "@/components/ui/spinner";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

interface FileChipProps {
  name: string;
  /** What is going on with it, or went wrong. */
  state?: ReactNode;
  isFailed?: boolean;
  isBusy?: boolean;
  /** 0 to 1, while it is being sent. */
  sent?: number | undefined;
  onOpen?: (() => void) | undefined;
  onRetry?: (() => void) | undefined;
  onRemove?: (() => void) | undefined;
}

/** One file: what it is called, how far it is, and what can be done with it. */
export function FileChip({ name, state, isFailed, isBusy, sent, onOpen, onRetry, onRemove }: FileChipProps) {
  const t = useMessages(messages);
  const icon = isFailed ? (
    <CircleAlert aria-hidden className="size-4 shrink-0 text-danger" />
  ) : isBusy ? (
    <Spinner className="shrink-0 text-muted" />
  ) : (
    <FileText aria-hidden className="size-4 shrink-0 text-accent" />
  );
  const label = (
    <>
      {icon}
      <span className="min-w-0 text-start">
        <span className="block truncate text-sm">{name}</span>
        {state && (
          <span className={cn("block text-xs", isFailed ? "text-danger" : "truncate text-muted")}>{state}</span>
        )}
      </span>
    </>
  );
  return (
    <div
      className={cn(
        "relative flex min-w-0 items-center overflow-hidden rounded-xl border bg-ground",
        isFailed ? "max-w-full border-danger/40" : "max-w-64 border-line",
      )}
    >
      {onOpen ? (
        <button
          type="button"
          onClick={onOpen}
          className="flex min-h-10 min-w-0 items-center gap-2 rounded-xl px-3 py-1.5 hover:bg-sunken"
        >
          <span className="sr-only">{t("open")} </span>
          {label}
        </button>
      ) : (
        <div className="flex min-h-10 min-w-0 items-center gap-2 px-3 py-1.5">{label}</div>
      )}
      {onRetry && <IconButton label={t("again", { name })} icon={RotateCw} className="size-8" onClick={onRetry} />}
      {onRemove && <IconButton label={t("remove", { name })} icon={X} className="me-1 size-8" onClick={onRemove} />}
      {sent !== undefined && (
        <Progress value={sent} label={name} className="absolute inset-x-0 bottom-0 h-0.5 rounded-none" />
      )}
    </div>
  );
}
