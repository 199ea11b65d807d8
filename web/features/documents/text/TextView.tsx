"use client";

import { useLayoutEffect, useMemo, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { useDocument } from "../queries";
import type { DocumentTextProps } from "./DocumentText";
import { Groups } from "./Groups";
import { layout } from "./layout";
import { messages } from "./messages";
import { type Format, formatOf } from "./read";
import { bringIntoView } from "./scroll";
import { useColumns, useLines } from "./slices";
import { TextSkeleton } from "./TextSkeleton";
import { useAnchor } from "./useAnchor";

export function TextView(props: DocumentTextProps) {
  const document = useDocument(props.documentId);
  if (document.isError) return <ErrorState problem={document.error} onRetry={() => void document.refetch()} />;
  if (!document.data) return <TextSkeleton />;
  const { media_type: mediaType, name } = document.data;
  return <Opened {...props} mediaType={mediaType} format={formatOf(mediaType, name)} />;
}

interface OpenedProps extends DocumentTextProps {
  mediaType: string;
  format: Format;
}

function Opened({ documentId, versionId, start, end, mediaType, format }: OpenedProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const article = useRef<HTMLElement>(null);
  const firstMark = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");
  const lines = useLines(documentId, versionId, start, end, format);
  const text = lines.data;
  const isTitled = /presentationml|spreadsheetml/.test(mediaType);
  const shown = useMemo(
    () => (text ? layout(text, format, isTitled, start, end) : null),
    [text, format, isTitled, start, end],
  );
  const hold = useAnchor(article, text?.slice.from);

  const page = text?.pages.find((one) => one.end > text.slice.from);
  const continued = format === "sheet" ? (shown?.continued ?? null) : null;
  const names = useColumns(documentId, versionId, page?.start ?? 0, continued?.columns ?? 0, continued !== null);

  const isReady = text !== undefined && !(continued && names.isPending);
  useLayoutEffect(() => {
    if (isReady && firstMark.current && article.current) bringIntoView(firstMark.current, article.current);
  }, [isReady]);

  if (lines.isError && !text) return <ErrorState problem={lines.error} onRetry={() => void lines.refetch()} />;
  if (!text || !shown || !isReady) return <TextSkeleton />;

  const more = async (side: "before" | "after") => {
    if (side === "before") hold();
    const done = side === "before" ? await lines.fetchPreviousPage() : await lines.fetchNextPage();
    if (done.error) {
      toast({ title: say(done.error), tone: "danger" });
      return;
    }
    setSaid(t(side === "before" ? "addedBefore" : "addedAfter"));
    // The button goes when there is no more: the focus stays with the text.
    const isLast = side === "before" ? !done.hasPreviousPage : !done.hasNextPage;
    if (isLast) article.current?.focus({ preventScroll: true });
  };

  return (
    <article
      ref={article}
      tabIndex={-1}
      aria-label={t("text")}
      className="relative mx-auto max-w-3xl px-5 py-6 text-[0.9375rem] leading-relaxed outline-none [overflow-anchor:none] sm:px-8"
    >
      <h2 className="sr-only">{t("text")}</h2>
      <p role="status" className="sr-only">
        {said}
      </p>
      {lines.hasPreviousPage && (
        <More label={t("earlier")} isBusy={lines.isFetchingPreviousPage} onClick={() => void more("before")} />
      )}
      <Groups
        layout={shown}
        slice={text.slice}
        firstMark={firstMark}
        isTitled={isTitled}
        isDeck={mediaType.includes("presentationml")}
        columns={{ table: continued, names: names.data ?? null }}
      />
      {lines.hasNextPage && (
        <More label={t("later")} isBusy={lines.isFetchingNextPage} onClick={() => void more("after")} />
      )}
    </article>
  );
}

function More({ label, isBusy, onClick }: { label: string; isBusy: boolean; onClick: () => void }) {
  return (
    <div className="my-4 flex justify-center first:mt-0">
      <Button size="sm" variant="secondary" busy={isBusy} onClick={onClick}>
        {label}
      </Button>
    </div>
  );
}
