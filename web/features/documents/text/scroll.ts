import { scrollerOf } from "./useAnchor";

const MARGIN = 32;

/** Brings a mark to the middle of what is scrolled around the text, and only of that: the page stays where it is. */
export function bringIntoView(mark: HTMLElement, text: HTMLElement): void {
  const scroller = scrollerOf(text);
  if (!scroller) return;
  const place = mark.getBoundingClientRect();
  const window = scroller.getBoundingClientRect();
  const above = place.height > window.height / 2 ? MARGIN : (window.height - place.height) / 2;
  scroller.scrollTop += place.top - window.top - above;
  // A wide table is a box of its own.
  const box = mark.closest("section[tabindex]");
  if (!box || !text.contains(box)) return;
  const frame = box.getBoundingClientRect();
  if (place.left < frame.left || place.right > frame.right) box.scrollLeft += place.left - frame.left - MARGIN;
}
