import { type RefObject, useEffect } from "react";

import { scrollerOf } from "./useAnchor";

/**
 * Keeps a table's columns' names in sight while its rows are scrolled. `position: sticky` cannot: a box that scrolls
 * sideways is what it would stick to.
 */
export function useStickyHead(box: RefObject<HTMLElement | null>, head: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const scroller = scrollerOf(box.current);
    if (!scroller) return;
    let asked = 0;
    const place = () => {
      asked = 0;
      if (!box.current || !head.current) return;
      const { top: edge, bottom } = box.current.getBoundingClientRect();
      const caption = head.current.previousElementSibling;
      const top = edge + box.current.clientTop + (caption?.getBoundingClientRect().height ?? 0);
      const room = bottom - top - 3 * head.current.offsetHeight;
      const hidden = Math.min(room, scroller.getBoundingClientRect().top - top);
      head.current.style.translate = hidden > 0 ? `0 ${hidden}px` : "";
    };
    const ask = () => {
      asked ||= requestAnimationFrame(place);
    };
    const resized = new ResizeObserver(ask);
    for (const one of [scroller, box.current]) if (one) resized.observe(one);
    scroller.addEventListener("scroll", ask, { passive: true });
    return () => {
      resized.disconnect();
      scroller.removeEventListener("scroll", ask);
      cancelAnimationFrame(asked);
    };
  }, [box, head]);
}
