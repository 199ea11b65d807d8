import { type RefObject, useEffect, useState } from "react";

/** How wide an element is, in CSS pixels; 0 before it is known. It follows once a change has come to rest. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(([entry]) => {
      const next = Math.floor(entry?.target.clientWidth ?? 0);
      clearTimeout(timer);
      // At once for the first time; after that a drag would draw every page at every pixel.
      timer = setTimeout(() => setWidth(next), width ? 150 : 0);
    });
    observer.observe(element.current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [element, width]);
  return width;
}
