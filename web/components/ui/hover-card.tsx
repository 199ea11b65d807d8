"use client";

import { type ComponentProps, createContext, type ReactNode, type RefObject, useContext, useId, useRef } from "react";

import { cn } from "@/lib/cn";

import { type Align, Floating, type Side, trigger, useLeave } from "./floating";
import { useHover } from "./hover";

interface Context extends ReturnType<typeof useHover> {
  id: string;
  anchor: RefObject<HTMLElement | null>;
  box: RefObject<HTMLDivElement | null>;
}

const HoverCardContext = createContext<Context | null>(null);

function useCard(): Context {
  const context = useContext(HoverCardContext);
  if (!context) throw new Error("It must stand inside a HoverCard.");
  return context;
}

interface HoverCardProps {
  children: ReactNode;
  openDelay?: number;
  closeDelay?: number;
}

/** More about a link: on hover and on focus, closed by Escape. What it holds must be reachable elsewhere too. */
export function HoverCard({ children, openDelay = 250, closeDelay = 150 }: HoverCardProps) {
  const id = useId();
  const anchor = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const hover = useHover(openDelay, closeDelay);
  useLeave(hover.open, [anchor, box], hover.close);
  return <HoverCardContext value={{ ...hover, id, anchor, box }}>{children}</HoverCardContext>;
}

export function HoverCardTrigger({ children }: { children: ReactNode; asChild?: boolean }) {
  const { open, handlers, id, anchor } = useCard();
  return trigger(children, { ref: anchor, ...handlers, ...(open ? { "aria-describedby": id } : {}) });
}

interface HoverCardContentProps extends ComponentProps<"div"> {
  side?: Side;
  align?: Align;
}

export function HoverCardContent({ className, ...rest }: HoverCardContentProps) {
  const { open, inside, id, anchor, box } = useCard();
  if (!open) return null;
  return (
    <Floating
      portal
      {...inside}
      {...rest}
      ref={box}
      id={id}
      anchor={anchor}
      className={cn("w-max max-w-[min(22rem,calc(100vw-1rem))] p-4", className)}
    />
  );
}
