"use client";

import { type RefObject, useEffect, useRef, useState } from "react";

import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import { drawPage } from "./drawing";
import { type Box, Marks } from "./Marks";
import type { Pdf } from "./open";

interface PdfPageProps {
  pdf: Pdf;
  number: number;
  /** CSS pixels. */
  width: number;
  /** Height ÷ width. */
  shape: number;
  /** Whether it is drawn, or only keeps its place. */
  near: boolean;
  boxes: readonly Box[];
  /** Takes the first of the boxes. */
  markRef: RefObject<HTMLDivElement | null> | undefined;
  onShape: (number: number, shape: number) => void;
}

/** A page: its picture, over it the cited lines, over them the text to select. */
export function PdfPage({ pdf, number, width, shape, near, boxes, markRef, onShape }: PdfPageProps) {
  const t = useMessages(messages);
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"waiting" | "drawn" | "failed">("waiting");
  useEffect(() => {
    if (!near || !width || !canvas.current || !text.current) return;
    const target = canvas.current;
    const drawing = drawPage(pdf, number, { canvas: target, text: text.current, width });
    let ended = false;
    drawing.done.then(
      () => {
        if (ended) return;
        setState("drawn");
        onShape(number, target.height / target.width);
      },
      () => !ended && setState("failed"),
    );
    return () => {
      ended = true;
      drawing.cancel();
    };
  }, [pdf, number, width, near, onShape]);
  useEffect(() => {
    if (near || !canvas.current) return;
    // A picture that nobody sees would hold megabytes.
    canvas.current.width = 0;
    text.current?.replaceChildren();
    setState("waiting");
  }, [near]);
  return (
    <figure
      data-page={number}
      data-state={state}
      aria-label={t("page", { page: number })}
      className="relative transition-none mx-auto mb-4 bg-white shadow-sm ring-1 ring-line"
      style={{ width, height: width * shape }}
    >
      <canvas ref={canvas} aria-hidden className="absolute inset-0 size-full" />
      <Marks boxes={boxes} markRef={markRef} />
      <div ref={text} className="pdf-text" />
      {state === "failed" && (
        <p className="absolute inset-x-0 top-1/3 px-6 text-center text-[#5f5f6b] text-sm">{t("pageFailed")}</p>
      )}
    </figure>
  );
}
