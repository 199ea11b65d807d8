"use client";

import { ZoomIn, ZoomOut } from "lucide-react";
import { type RefObject, useLayoutEffect, useRef } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "../messages";

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
const PADDING = 16;
/** Of a page at its own size, in CSS pixels. */
const WIDEST = 1100;

/** How wide a page is in a list of this width. */
export function pageWidth(width: number, zoom: number): number {
  return Math.round(Math.min(width - 2 * PADDING, WIDEST) * zoom);
}

/** What is being read stays in sight when the pages grow or shrink. Their size must change at once: they are
 * `transition-none`, for even what is almost no time is a frame too late. */
export function useSteady(list: RefObject<HTMLElement | null>, across: number): void {
  const before = useRef(across);
  useLayoutEffect(() => {
    const shown = list.current;
    if (shown && before.current > 0) {
      const by = across / before.current;
      // Downwards its middle; sideways its left edge, where lines begin.
      shown.scrollTop = (shown.scrollTop + shown.clientHeight / 2) * by - shown.clientHeight / 2;
      shown.scrollLeft *= by;
    }
    before.current = across;
  }, [list, across]);
}

interface ZoomProps {
  zoom: number;
  onZoom: (zoom: number) => void;
}

export function Zoom({ zoom, onZoom }: ZoomProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const step = (by: 1 | -1) => onZoom(ZOOMS[ZOOMS.indexOf(zoom) + by] ?? zoom);
  return (
    <>
      <IconButton label={t("zoomOut")} icon={ZoomOut} disabled={zoom === ZOOMS[0]} onClick={() => step(-1)} />
      <span className="hidden w-10 text-center tabular-nums sm:inline">{formats.percent(zoom)}</span>
      <IconButton label={t("zoomIn")} icon={ZoomIn} disabled={zoom === ZOOMS.at(-1)} onClick={() => step(1)} />
    </>
  );
}
