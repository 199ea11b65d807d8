import { type RefObject, useLayoutEffect, useRef } from "react";

/** What can be scrolled around an element. */
export function scrollerOf(element: Element | null): Element | null {
  for (let one = element?.parentElement ?? null; one; one = one.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(one).overflowY)) return one;
  }
  return document.scrollingElement;
}

/**
 * Keeps what is read in its place while text is added above it. `hold()` right before; `from` says that it is there.
 * Parts are known by the character that they begin at, which stays the same whatever is added.
 */
export function useAnchor(container: RefObject<HTMLElement | null>, from: number | undefined): () => void {
  const held = useRef<{ at: string; top: number } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when text has been added above
  useLayoutEffect(() => {
    const root = container.current;
    const { current } = held;
    held.current = null;
    if (!root || !current) return;
    const part = [...root.querySelectorAll(`[data-at="${current.at}"]`)].at(-1);
    const scroller = scrollerOf(root);
    if (part && scroller) scroller.scrollTop += part.getBoundingClientRect().top - current.top;
  }, [from]);
  return () => {
    const root = container.current;
    const edge = scrollerOf(root)?.getBoundingClientRect().top ?? 0;
    const parts = [...(root?.querySelectorAll<HTMLElement>("[data-at]:not(:has([data-at]))") ?? [])];
    const part = parts.find((one) => one.getBoundingClientRect().bottom > edge);
    held.current = part?.dataset.at ? { at: part.dataset.at, top: part.getBoundingClientRect().top } : null;
  };
}
