import { type RefObject, useCallback, useEffect, useState } from "react";

const NEAR = 80;

/**
 * Keeps a scrolling box at its end while it grows, as long as the person is at the end; whoever scrolls up is left alone.
 * `away` says that there is more below.
 */
export function useStick(box: RefObject<HTMLElement | null>): { away: boolean; toEnd: () => void } {
  const [away, setAway] = useState(false);

  useEffect(() => {
    const element = box.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    let sticks = true;
    const measure = () => {
      sticks = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      setAway(!sticks);
    };
    const grow = new ResizeObserver(() => {
      if (sticks) element.scrollTop = element.scrollHeight;
      else measure();
    });
    grow.observe(content);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      grow.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [box]);

  const toEnd = useCallback(() => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [box]);
  return { away, toEnd };
}
