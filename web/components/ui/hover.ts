"use client";

import { type FocusEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";

/** Open while the pointer rests on it or the keyboard's focus is there; a press closes it, since it does something. */
export function useHover(openDelay: number, closeDelay: number) {
  const [open, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const actions = useMemo(() => {
    const soon = (value: boolean, delay: number) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setOpen(value), delay);
    };
    const now = (value: boolean) => {
      clearTimeout(timer.current);
      setOpen(value);
    };
    const leave = (event: PointerEvent) => event.pointerType !== "touch" && soon(false, closeDelay);
    return {
      close: () => now(false),
      handlers: {
        onPointerEnter: (event: PointerEvent) => event.pointerType !== "touch" && soon(true, openDelay),
        onPointerLeave: leave,
        onPointerDown: () => now(false),
        onFocus: (event: FocusEvent<HTMLElement>) => isByKeyboard(event.currentTarget) && now(true),
        onBlur: () => soon(false, closeDelay),
      },
      /** For a card that one may move the pointer into. */
      inside: { onPointerEnter: () => clearTimeout(timer.current), onPointerLeave: leave },
    };
  }, [openDelay, closeDelay]);

  return { open, ...actions };
}

function isByKeyboard(element: HTMLElement): boolean {
  try {
    return element.matches(":focus-visible");
  } catch {
    return true;
  }
}
