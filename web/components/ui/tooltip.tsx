"use client";

import { type ReactElement, type ReactNode, useId, useRef } from "react";

import { extend, Floating, type Side, useLeave } from "./floating";
import { useHover } from "./hover";

interface TooltipProps {
  label: ReactNode;
  /** One element that can be focused. */
  children: ReactElement;
  side?: Side;
}

/** A few words about a control, on hover and on keyboard focus. */
export function Tooltip({ label, children, side = "bottom" }: TooltipProps) {
  const id = useId();
  const anchor = useRef<HTMLElement>(null);
  const { open, close, handlers } = useHover(500, 0);
  useLeave(open, [anchor], close);
  const named = (children.props as { "aria-label"?: string })["aria-label"] === label;
  return (
    <>
      {extend(children, { ref: anchor, ...handlers, ...(open && !named ? { "aria-describedby": id } : {}) })}
      {open && (
        <Floating
          portal
          id={id}
          role="tooltip"
          anchor={anchor}
          side={side}
          align="center"
          className="pointer-events-none max-w-xs rounded-md border-transparent bg-text px-2 py-1 text-ground text-xs"
        >
          {label}
        </Floating>
      )}
    </>
  );
}
