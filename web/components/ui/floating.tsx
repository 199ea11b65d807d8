"use client";

import {
  type ComponentProps,
  cloneElement,
  isValidElement,
  type ReactElement,
  type ReactNode,
  type Ref,
  type RefObject,
  useLayoutEffect,
  useRef,
} from "react";
import { createPortal } from "react-dom";

import { cn } from "@/lib/cn";

export type Side = "top" | "bottom" | "left" | "right";
export type Align = "start" | "center" | "end";

interface FloatingProps extends ComponentProps<"div"> {
  anchor: RefObject<HTMLElement | null>;
  side?: Side;
  align?: Align;
  gap?: number;
  /** Drawn at the end of the dialog or landmark around its anchor, which may stand in a line of text. */
  portal?: boolean;
}

const EDGE = 8;
const LANDMARK = "dialog, main, nav, aside, header";

/** What floats beside its anchor: in the browser's top layer, so that no box cuts it off, turned where space is. */
export function Floating({
  anchor,
  side = "bottom",
  align = "start",
  gap = 6,
  portal,
  className,
  ...rest
}: FloatingProps) {
  const box = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.showPopover?.();
    const place = () => {
      if (anchor.current) placeBeside(element, anchor.current.getBoundingClientRect(), side, align, gap);
    };
    place();
    const sizes = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(place);
    sizes?.observe(element);
    window.addEventListener("scroll", place, { capture: true, passive: true });
    window.addEventListener("resize", place);
    return () => {
      sizes?.disconnect();
      window.removeEventListener("scroll", place, { capture: true });
      window.removeEventListener("resize", place);
    };
  }, [anchor, side, align, gap]);

  const content = (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keeps clicks from what stands around the anchor
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      {...rest}
      ref={mergeRefs(box, rest.ref)}
      popover="manual"
      onClick={(event) => {
        rest.onClick?.(event);
        event.stopPropagation();
      }}
      className={cn(
        "fixed inset-auto m-0 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-xl border border-line bg-raised text-left font-normal text-text",
        "whitespace-normal shadow-float animate-pop",
        className,
      )}
    />
  );
  if (!portal || typeof document === "undefined") return content;
  return createPortal(content, anchor.current?.closest(LANDMARK) ?? document.body);
}

function placeBeside(element: HTMLElement, at: DOMRect, side: Side, align: Align, gap: number): void {
  const wide = document.documentElement.clientWidth;
  const high = document.documentElement.clientHeight;
  element.style.maxHeight = `${high - 2 * EDGE}px`;
  const { offsetWidth: width, offsetHeight: height } = element;
  const room = { top: at.top, bottom: high - at.bottom, left: at.left, right: wide - at.right };
  const needed = (side === "top" || side === "bottom" ? height : width) + gap + EDGE;
  const chosen = room[side] < needed && room[OPPOSITE[side]] > room[side] ? OPPOSITE[side] : side;
  const along = (start: number, end: number, length: number) =>
    align === "start" ? start : align === "end" ? end - length : (start + end - length) / 2;
  let left = along(at.left, at.right, width);
  let top = along(at.top, at.bottom, height);
  if (chosen === "bottom") top = at.bottom + gap;
  if (chosen === "top") top = at.top - gap - height;
  if (chosen === "right") left = at.right + gap;
  if (chosen === "left") left = at.left - gap - width;
  element.style.left = `${Math.max(EDGE, Math.min(left, wide - width - EDGE))}px`;
  element.style.top = `${Math.max(EDGE, Math.min(top, high - height - EDGE))}px`;
}

const OPPOSITE: Record<Side, Side> = { top: "bottom", bottom: "top", left: "right", right: "left" };

/** Calls `leave` for a press outside of the given elements, and for Escape, which then closes nothing else. */
export function useLeave(
  open: boolean,
  inside: RefObject<HTMLElement | null>[],
  leave: (by: "press" | "escape") => void,
) {
  const latest = useRef({ inside, leave });
  latest.current = { inside, leave };
  useLayoutEffect(() => {
    if (!open) return;
    const onPress = (event: PointerEvent) => {
      const path = event.composedPath();
      if (!latest.current.inside.some(({ current }) => current && path.includes(current)))
        latest.current.leave("press");
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current.leave("escape");
    };
    document.addEventListener("pointerdown", onPress, true);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPress, true);
      document.removeEventListener("keydown", onKey, true);
    };
  }, [open]);
}

export function mergeRefs<T>(...refs: (Ref<T> | undefined)[]): (value: T | null) => void {
  return (value) => {
    for (const ref of refs) {
      if (typeof ref === "function") ref(value);
      else if (ref) ref.current = value;
    }
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the handlers of any element
type Props = Record<string, any>;

/** Gives an element more properties: handlers run after its own, references are both set. */
export function extend(child: ReactElement, more: Props): ReactElement {
  const own = child.props as Props;
  const merged: Props = { ...more };
  for (const [name, value] of Object.entries(more)) {
    if (name === "ref") merged.ref = mergeRefs(own.ref, value);
    else if (/^on[A-Z]/.test(name) && own[name]) {
      merged[name] = (event: unknown) => {
        own[name](event);
        value(event);
      };
    }
  }
  return cloneElement(child, merged);
}

/** The trigger of something that opens: the one element given, or a plain button around what is given. */
export function trigger(children: ReactNode, props: Props): ReactElement {
  const element = isValidElement(children) ? children : <button type="button">{children}</button>;
  return extend(element, props);
}
