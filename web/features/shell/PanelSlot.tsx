"use client";

import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef } from "react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { NARROWEST, setPanelWidth, useShell, WIDEST } from "./store";

const STEP = 2;

interface PanelSlotProps {
  /** Over the whole window instead of beside the page. */
  full: boolean;
  children: ReactNode;
}

/** Where the document panel stands: at the right, as wide as one draws it. */
export function PanelSlot({ full, children }: PanelSlotProps) {
  const t = useMessages(messages);
  const width = useShell((shell) => shell.panelWidth);
  const aside = useRef<HTMLElement>(null);

  useEffect(() => {
    const element = aside.current;
    if (element && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
  }, []);

  if (full) {
    return (
      <aside
        ref={aside}
        tabIndex={-1}
        aria-label={t("panel")}
        className="fixed inset-0 z-30 flex flex-col bg-ground outline-none"
      >
        {children}
      </aside>
    );
  }
  return (
    <aside
      ref={aside}
      id="panel"
      tabIndex={-1}
      aria-label={t("panel")}
      style={{ width: `${width}vw` }}
      className="relative flex h-full min-w-80 shrink-0 flex-col bg-ground outline-none"
    >
      {/* First, so that it comes before the content in the order of the focus. */}
      <Separator />
      {children}
    </aside>
  );
}

function Separator() {
  const t = useMessages(messages);
  const width = useShell((shell) => shell.panelWidth);

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    setPanelWidth((1 - event.clientX / window.innerWidth) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: width + STEP, ArrowRight: width - STEP, Home: NARROWEST, End: WIDEST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setPanelWidth(to);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: <hr> cannot be moved
    <div
      role="separator"
      tabIndex={0}
      aria-label={t("resize")}
      aria-orientation="vertical"
      aria-controls="panel"
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      className="group absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none outline-none"
    >
      <span className="absolute inset-y-0 left-1/2 w-px bg-line transition-colors group-hover:w-0.5 group-hover:bg-accent group-focus-visible:w-1 group-focus-visible:bg-accent" />
    </div>
  );
}
