"use client";

import {
  type ComponentProps,
  createContext,
  type ReactNode,
  type RefObject,
  useContext,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import { cn } from "@/lib/cn";

import { type Align, Floating, type Side, trigger, useLeave } from "./floating";

interface Context {
  open: boolean;
  setOpen: (open: boolean) => void;
  /** Closes it and gives the focus back. */
  leave: () => void;
  id: string;
  anchor: RefObject<HTMLElement | null>;
  box: RefObject<HTMLDivElement | null>;
}

const PopoverContext = createContext<Context | null>(null);

function usePopover(): Context {
  const context = useContext(PopoverContext);
  if (!context) throw new Error("It must stand inside a Popover.");
  return context;
}

interface PopoverProps {
  children: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** A small form or a list beside its button; the page stays usable, and leaving it closes it. */
export function Popover({ children, open: given, onOpenChange }: PopoverProps) {
  const [own, setOwn] = useState(false);
  const open = given ?? own;
  const id = useId();
  const anchor = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const setOpen = (next: boolean) => {
    setOwn(next);
    onOpenChange?.(next);
  };
  const leave = () => {
    setOpen(false);
    anchor.current?.focus();
  };
  useLeave(open, [anchor, box], (by) => (by === "escape" ? leave() : setOpen(false)));
  return <PopoverContext value={{ open, setOpen, leave, id, anchor, box }}>{children}</PopoverContext>;
}

export function PopoverTrigger({ children }: { children: ReactNode; asChild?: boolean }) {
  const { open, setOpen, id, anchor } = usePopover();
  return trigger(children, {
    ref: anchor,
    "aria-haspopup": "dialog",
    "aria-expanded": open,
    "aria-controls": open ? id : undefined,
    onClick: () => setOpen(!open),
  });
}

interface PopoverContentProps extends ComponentProps<"div"> {
  label?: string;
  side?: Side;
  align?: Align;
}

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select:not(:disabled)";

export function PopoverContent({ label, className, ...rest }: PopoverContentProps) {
  const { open, setOpen, id, anchor, box } = usePopover();
  // After the content has been put into the top layer: what is not shown cannot be focused.
  useLayoutEffect(() => {
    if (!open || !box.current) return;
    const first =
      box.current.querySelector<HTMLElement>("[data-autofocus]") ?? box.current.querySelector<HTMLElement>(FOCUSABLE);
    (first ?? box.current).focus({ preventScroll: true });
  }, [open, box]);
  if (!open) return null;
  return (
    <Floating
      {...rest}
      ref={box}
      id={id}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      anchor={anchor}
      onBlur={(event) => {
        const to = event.relatedTarget;
        if (to && !event.currentTarget.contains(to) && to !== anchor.current) setOpen(false);
      }}
      className={cn("w-80 p-4 outline-none", className)}
    />
  );
}
