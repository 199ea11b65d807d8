import { type RefObject, useEffect, useState } from "react";

/** The numbers (`data-page`) of the pages in `list` that touch its view, or what `margin` makes of that. */
export function useVisible(list: RefObject<HTMLElement | null>, count: number, margin: string): ReadonlySet<number> {
  const [visible, setVisible] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    const root = list.current;
    if (!root || !count) return;
    const observer = new IntersectionObserver(
      (entries) =>
        setVisible((before) => {
          const after = new Set(before);
          for (const entry of entries) {
            const number = Number((entry.target as HTMLElement).dataset.page);
            if (entry.isIntersecting) after.add(number);
            else after.delete(number);
          }
          return after;
        }),
      { root, rootMargin: margin },
    );
    for (const page of root.querySelectorAll("[data-page]")) observer.observe(page);
    return () => observer.disconnect();
  }, [list, count, margin]);
  return visible;
}
