"use client";

import "./text-layer.css";

import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import { originalUrl, useBoxes } from "../queries";
import { shapeOf } from "./drawing";
import { openPdf, type Pdf } from "./open";
import { PdfPage } from "./PdfPage";
import { Recognised } from "./Recognised";
import { useVisible } from "./useVisible";
import { useWidth } from "./useWidth";
import { pageWidth, useSteady, Zoom } from "./Zoom";

interface PdfViewProps {
  documentId: string;
  versionId: string;
  /** Bytes of the original. */
  size: number;
  /** The span to mark, in characters of the version's text. */
  start: number;
  end: number;
  /** Where it is said to stand, until its boxes are known. */
  page: number | undefined;
  /** Where its page number and its buttons stand. */
  bar: HTMLElement | null;
  onFail: (problem: unknown) => void;
}

/** The pages of a PDF as they were made, the cited lines marked. */
export function PdfView({ documentId, versionId, size, start, end, page, bar, onFail }: PdfViewProps) {
  const t = useMessages(messages);
  const list = useRef<HTMLElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const width = useWidth(list);
  const [pdf, setPdf] = useState<Pdf | null>(null);
  const [shapes, setShapes] = useState<ReadonlyMap<number, number>>(new Map());
  const [zoom, setZoom] = useState(1);
  const fail = useEffectEvent(onFail);
  const first = useRef(page ?? 1);
  const boxes = useBoxes(documentId, versionId, start, end);
  const count = pdf?.numPages ?? 0;
  // Not before the place that was asked for is in sight: what lies above it would be read and drawn for nothing.
  const [placed, setPlaced] = useState(false);
  const near = useVisible(list, placed ? count : 0, "100% 0px");
  const middle = Math.min(...useVisible(list, placed ? count : 0, "-49% 0px -50%"), Number.POSITIVE_INFINITY);

  useEffect(() => {
    const opening = openPdf(originalUrl(documentId, versionId), size);
    let ended = false;
    opening.pdf
      .then(async (opened) => {
        // The page that is asked for gives the others their shape until they are seen.
        const shape = await shapeOf(opened, Math.min(first.current, opened.numPages));
        if (ended) return;
        setShapes(new Map([[0, shape]]));
        setPdf(opened);
      })
      .catch((problem) => !ended && fail(problem));
    return () => {
      ended = true;
      opening.close();
      setPdf(null);
    };
  }, [documentId, versionId, size]);

  const onShape = useCallback(
    (number: number, shape: number) =>
      setShapes((before) => (before.get(number) === shape ? before : new Map(before).set(number, shape))),
    [],
  );

  const found = boxes.data?.boxes ?? [];
  const target = found[0]?.page ?? page ?? 1;
  const settled = pdf !== null && width > 0 && !boxes.isPending;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for every span, when its place is known
  useEffect(() => {
    if (!settled) return;
    if (mark.current) mark.current.scrollIntoView({ block: "center" });
    else list.current?.querySelector(`[data-page="${target}"]`)?.scrollIntoView({ block: "start" });
    setPlaced(true);
  }, [settled, target, start, end]);

  const across = pageWidth(width, zoom);
  useSteady(list, across);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {bar &&
        createPortal(
          <>
            {pdf && (
              <span className="tabular-nums">
                {t("pageOf", { page: Number.isFinite(middle) ? middle : target, count })}
              </span>
            )}
            <Zoom zoom={zoom} onZoom={setZoom} />
          </>,
          bar,
        )}
      <p className="sr-only" aria-live="polite">
        {settled && found[0] ? t("markedOn", { page: found[0].page }) : ""}
      </p>
      {settled && found.length > 0 && <Recognised confidence={boxes.data?.confidence} />}
      {settled && end > start && !found.length && (
        <p className="border-line border-b px-4 py-2 text-muted text-sm">{t("noPlace")}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section ref={list} tabIndex={0} aria-label={t("pagesOf")} className="min-h-0 flex-1 overflow-auto bg-sunken p-4">
        {pdf && across > 0 ? (
          Array.from({ length: count }, (_, index) => index + 1).map((number) => (
            <PdfPage
              key={number}
              pdf={pdf}
              number={number}
              width={across}
              shape={shapes.get(number) ?? shapes.get(0) ?? Math.SQRT2}
              near={near.has(number)}
              boxes={found.filter((box) => box.page === number)}
              markRef={found[0]?.page === number ? mark : undefined}
              onShape={onShape}
            />
          ))
        ) : (
          <div role="status" aria-label={t("loading")}>
            <Skeleton className="mx-auto aspect-[1/1.414] w-full max-w-3xl" />
          </div>
        )}
      </section>
    </div>
  );
}
