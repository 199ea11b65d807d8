"use client";

import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useEffect, useRef } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";
import { closePanel, stepPanel, usePanel } from "@/lib/panel";

import { DocumentBody } from "./DocumentBody";
import { messages } from "./messages";

/** The document beside the page, at the passage that was asked for. Escape closes it; n and p step on. */
export function DocumentPanel() {
  const t = useMessages(messages);
  const { places, current } = usePanel();
  const place = places[current];
  const heading = useRef<HTMLHeadingElement>(null);
  const id = place?.documentId;
  useEffect(() => {
    if (id) heading.current?.focus();
  }, [id]);
  if (!place) return null;
  const show = (versionId: string | undefined) =>
    usePanel.setState({
      places: places.map((one, number) => (number === current ? { ...one, versionId, start: 0, end: 0 } : one)),
    });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys for whatever in it has the focus
    <div
      className="flex h-full min-h-0 flex-col bg-ground"
      onKeyDown={(event) => {
        if (event.key === "Escape") closePanel();
        if (event.key === "n") stepPanel(1);
        if (event.key === "p") stepPanel(-1);
      }}
    >
      <header className="flex items-center gap-1 border-line border-b px-4 py-2">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 flex-1 truncate font-semibold outline-none">
          {place.name ?? t("document")}
        </h2>
        {places.length > 1 && (
          <>
            <IconButton label={t("previous")} icon={ChevronLeft} onClick={() => stepPanel(-1)} />
            <span className="text-muted text-sm tabular-nums" aria-live="polite">
              {t("position", { current: current + 1, total: places.length })}
            </span>
            <IconButton label={t("next")} icon={ChevronRight} onClick={() => stepPanel(1)} />
          </>
        )}
        <IconButton label={t("close")} icon={X} onClick={closePanel} />
      </header>
      <DocumentBody place={place} onVersion={show} />
    </div>
  );
}
