"use client";

import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import { pictureQuery, useBoxes } from "../queries";
import { type Box, Marks } from "./Marks";
import { Recognised } from "./Recognised";
import { useVisible } from "./useVisible";
import { useWidth } from "./useWidth";
import { pageWidth, useSteady, Zoom } from "./Zoom";

interface PictureViewProps {
  documentId: string;
  versionId: string;
  /** How many pages it has. */
  count: number;
  /** The span to mark, in characters of the version's text. */
  start: number;
  end: number;
  page: number | undefined;
  /** Where its page number and its buttons stand. */
  bar: HTMLElement | null;
}

/** A picture, or the pages of a scan that came as one, the cited lines marked. */
export function PictureView({ documentId, versionId, count, start, end, page, bar }: PictureViewProps) {
  const t = useMessages(messages);
  const list = useRef<HTMLElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const boxes = useBoxes(documentId, versionId, start, end);
  const near = useVisible(list, count, "100% 0px");
  const found = boxes.data?.boxes ?? [];
  const target = found[0]?.page ?? page ?? 1;
  const [loaded, setLoaded] = useState(false);
  const [zoom, setZoom] = useState(1);
  const across = pageWidth(useWidth(list), 1);
  useSteady(list, across * zoom);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for every span, when its page is there
  useEffect(() => {
    if (boxes.isPending) return;
    if (mark.current && loaded) mark.current.scrollIntoView({ block: "center" });
    else list.current?.querySelector(`[data-page="${target}"]`)?.scrollIntoView({ block: "start" });
  }, [boxes.isPending, loaded, target, start, end]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {bar &&
        createPortal(
          <>
            {count > 1 && <span className="tabular-nums">{t("pages", { count })}</span>}
            <Zoom zoom={zoom} onZoom={setZoom} />
          </>,
          bar,
        )}
      <p className="sr-only" aria-live="polite">
        {found[0] ? t("markedOn", { page: found[0].page }) : ""}
      </p>
      {found.length > 0 && <Recognised confidence={boxes.data?.confidence} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section ref={list} tabIndex={0} aria-label={t("pagesOf")} className="min-h-0 flex-1 overflow-auto bg-sunken p-4">
        {Array.from({ length: count }, (_, index) => index + 1).map((number) => (
          <PicturePage
            key={number}
            documentId={documentId}
            versionId={versionId}
            number={number}
            across={across}
            zoom={zoom}
            wanted={near.has(number) || number === target}
            boxes={found.filter((box) => box.page === number)}
            markRef={found[0]?.page === number ? mark : undefined}
            onLoad={number === target ? () => setLoaded(true) : undefined}
          />
        ))}
      </section>
    </div>
  );
}

interface PicturePageProps {
  documentId: string;
  versionId: string;
  number: number;
  /** CSS pixels that a page may take at its own size. */
  across: number;
  zoom: number;
  wanted: boolean;
  boxes: readonly Box[];
  markRef: RefObject<HTMLDivElement | null> | undefined;
  onLoad: (() => void) | undefined;
}

function PicturePage({ documentId, versionId, number, across, zoom, ...props }: PicturePageProps) {
  const { wanted, boxes, markRef, onLoad } = props;
  const t = useMessages(messages);
  const say = useProblemText();
  const picture = useQuery(pictureQuery(documentId, versionId, number, wanted));
  const [url, setUrl] = useState<string | null>(null);
  // A small picture is not blown up by itself.
  const [natural, setNatural] = useState(0);
  useEffect(() => {
    if (!picture.data) return;
    const made = URL.createObjectURL(picture.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture.data]);
  return (
    <figure
      data-page={number}
      aria-label={t("page", { page: number })}
      className="relative mx-auto mb-4 w-fit bg-white shadow-sm ring-1 ring-line"
    >
      {url && across > 0 ? (
        // biome-ignore lint/performance/noImgElement: it comes with the reader's rights, which a server of images lacks
        <img
          src={url}
          alt={t("page", { page: number })}
          className="block h-auto max-w-none transition-none"
          style={{ width: Math.round((natural ? Math.min(natural, across) : across) * zoom) }}
          onLoad={(event) => {
            setNatural(event.currentTarget.naturalWidth);
            onLoad?.();
          }}
        />
      ) : picture.isError ? (
        <p className="px-6 py-10 text-center text-[#5f5f6b] text-sm">
          {t("pictureFailed", { reason: say(picture.error) })}
        </p>
      ) : (
        <Skeleton className="aspect-[1/1.414] w-[40rem] max-w-full" />
      )}
      {url && natural > 0 && <Marks boxes={boxes} markRef={markRef} />}
    </figure>
  );
}
