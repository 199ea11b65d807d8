"use client";

import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { create } from "zustand";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import type { Tone } from "./badge";
import { Button } from "./button";
import { IconButton } from "./icon-button";
import { messages } from "./messages";

export interface Toast {
  title: ReactNode;
  description?: ReactNode;
  action?: { label: ReactNode; onClick: () => void };
  tone?: Tone;
  /** Milliseconds until it goes by itself. */
  duration?: number;
}

interface Shown extends Toast {
  id: number;
}

const useToasts = create<{ toasts: readonly Shown[] }>(() => ({ toasts: [] }));
let counter = 0;

const MOST = 4;
const SHORT = 5_000;
const LONG = 10_000;

/** Says what has happened, for a few seconds. Returns what `dismissToast` takes. */
export function toast(shown: Toast): number {
  counter += 1;
  const id = counter;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { ...shown, id }].slice(-MOST) }));
  return id;
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

const ICONS = { neutral: Info, accent: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert };
const COLOURS = {
  neutral: "text-muted",
  accent: "text-accent",
  success: "text-success",
  warning: "text-warning",
  danger: "text-danger",
};

/** Where toasts appear; once, in the root layout. It is there from the start, so that screen readers watch it. */
export function Toaster() {
  const t = useMessages(messages);
  const toasts = useToasts((state) => state.toasts);
  const box = useRef<HTMLElement>(null);
  const newest = toasts.at(-1)?.id ?? 0;
  const [paused, setPaused] = useState(false);

  // Again for each, to stand above a dialog that was opened meanwhile.
  useEffect(() => {
    const element = box.current;
    if (!element?.showPopover) return;
    if (element.matches(":popover-open")) element.hidePopover();
    if (newest) element.showPopover();
  }, [newest]);

  return (
    <section
      ref={box}
      popover="manual"
      aria-label={t("notifications")}
      onPointerEnter={() => setPaused(true)}
      onPointerLeave={() => setPaused(false)}
      onFocus={() => setPaused(true)}
      onBlur={() => setPaused(false)}
      className="fixed inset-auto top-0 left-1/2 m-0 w-full max-w-[26rem] -translate-x-1/2 overflow-visible border-0 bg-transparent p-4 text-text"
    >
      <ol aria-live="polite" aria-relevant="additions text" className="grid gap-2">
        {toasts.map((one) => (
          <Note key={one.id} toast={one} paused={paused} />
        ))}
      </ol>
    </section>
  );
}

function Note({ toast: one, paused }: { toast: Shown; paused: boolean }) {
  const t = useMessages(messages);
  const tone = one.tone ?? "neutral";
  const Drawing = ICONS[tone];
  const { id, action } = one;
  const duration = one.duration ?? (action || tone === "danger" ? LONG : SHORT);

  useEffect(() => {
    if (paused) return;
    const timer = setTimeout(() => dismissToast(id), duration);
    return () => clearTimeout(timer);
  }, [paused, id, duration]);

  return (
    <li className="flex items-start gap-3 rounded-xl border border-line bg-raised p-3 pl-4 shadow-float animate-rise">
      <Drawing aria-hidden className={cn("mt-1.5 size-4 shrink-0", COLOURS[tone])} />
      <div role={tone === "danger" ? "alert" : undefined} className="min-w-0 flex-1 py-1">
        <p className="font-medium">{one.title}</p>
        {one.description && <p className="text-muted text-sm">{one.description}</p>}
      </div>
      {action && (
        <Button
          variant="ghost"
          size="sm"
          className="text-accent"
          onClick={() => {
            dismissToast(id);
            action.onClick();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label={t("dismiss")} icon={X} onClick={() => dismissToast(id)} className="size-8" />
    </li>
  );
}
