"use client";

import { useEffect, useMemo, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { SLICE, useText } from "./queries";
import { type Line, lines } from "./span";

interface DocumentTextProps {
  documentId: string;
  versionId: string | undefined;
  /** The span to show, in characters of the version's text. */
  start: number;
  end: number;
}

/** The stored text around a span, readable and safe: elements made of text, never of the document's own markup. */
export function DocumentText({ documentId, versionId, start, end }: DocumentTextProps) {
  const t = useMessages(messages);
  const [from, setFrom] = useState(() => Math.max(0, start - SLICE / 4));
  const [to, setTo] = useState(() => Math.max(0, start - SLICE / 4) + SLICE);
  const text = useText(documentId, versionId, from, to, true);
  const mark = useRef<HTMLElement>(null);
  const shown = useMemo(
    () => (text.data ? lines(text.data.text, text.data.start, start, end) : []),
    [text.data, start, end],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the text has come
  useEffect(() => {
    mark.current?.scrollIntoView({ block: "center" });
  }, [text.data === undefined, start]);

  if (text.isError) return <ErrorState problem={text.error} onRetry={() => void text.refetch()} />;
  if (!text.data) {
    return (
      <div role="status" aria-label={t("loading")} className="space-y-3 p-6">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} className="h-5 w-full" />
        ))}
      </div>
    );
  }
  const pages = new Map(text.data.pages.map((page) => [page.start, page.label || t("page", { page: page.number })]));
  let isFirst = true;
  return (
    <article aria-label={t("text")} className="mx-auto max-w-prose px-6 py-5 text-[0.9375rem]">
      {text.data.start > 0 && (
        <Button size="sm" variant="secondary" onClick={() => setFrom(Math.max(0, from - SLICE))}>
          {t("earlier")}
        </Button>
      )}
      {shown.map((line) => {
        const label = pages.get(line.at);
        const isMarked = line.pieces.some((piece) => piece.marked);
        const ref = isMarked && isFirst ? mark : undefined;
        if (isMarked) isFirst = false;
        return (
          <div key={line.at}>
            {label && (
              <p className="mt-6 mb-2 border-line border-t pt-2 text-muted text-xs first:mt-0 first:border-0">
                {label}
              </p>
            )}
            <TextLine line={line} markRef={ref} />
          </div>
        );
      })}
      {text.data.end < text.data.length && (
        <Button size="sm" variant="secondary" className="mt-4" onClick={() => setTo(to + SLICE)}>
          {t("later")}
        </Button>
      )}
    </article>
  );
}

function TextLine({ line, markRef }: { line: Line; markRef: React.RefObject<HTMLElement | null> | undefined }) {
  const whole = line.pieces.map((piece) => piece.text).join("");
  if (!whole.trim()) return <div className="h-3" />;
  const heading = /^#{1,6} /.test(whole);
  const row = /^\s*\|/.test(whole);
  const look = heading ? "mt-3 font-semibold" : row ? "overflow-x-auto whitespace-pre font-mono text-xs leading-6" : "";
  return (
    <p className={look}>
      {line.pieces.map((piece, number) =>
        piece.marked ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: at most three pieces, in their order
          <mark key={number} ref={markRef}>
            {piece.text}
          </mark>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: at most three pieces, in their order
          <span key={number}>{heading && number === 0 ? piece.text.replace(/^#+ /, "") : piece.text}</span>
        ),
      )}
    </p>
  );
}
