"use client";

import { type RefObject, useLayoutEffect, useState } from "react";

/** Narrower than this, in pixels, a table of documents cannot be read. */
const ROOM = 600;

/**
 * Whether there is room for a table: beside the open document panel there may be less than the screen has. One of both
 * is built, so that a screen reader meets every document once.
 */
export function useWide(place: RefObject<HTMLElement | null>): boolean {
  const [wide, setWide] = useState(true);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => setWide(element.clientWidth >= ROOM);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return wide;
}
