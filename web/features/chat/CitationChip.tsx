"use client";

import { HoverCard, HoverCardContent, HoverCardTrigger } from "@/components/ui/hover-card";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { freshness } from "./freshness";
import { messages } from "./messages";
import type { Citation } from "./types";

const EXCERPT = 320;

/** `[1]` in an answer: what it rests on at a glance, the document itself at a click. */
export function CitationChip({ citation, onOpen }: { citation: Citation; onOpen: () => void }) {
  const t = useMessages(messages);
  const name = citation.available ? citation.document_title || citation.document_name || "" : t("unavailable");
  const label = t("source", { number: citation.number, name });
  const look =
    "mx-0.5 inline-grid min-h-6 min-w-6 place-items-center rounded-md px-1 align-baseline font-medium text-xs leading-none";
  if (!citation.available) {
    return (
      <span role="img" className={`${look} bg-sunken text-muted line-through`} title={label} aria-label={label}>
        {citation.number}
      </span>
    );
  }
  return (
    <HoverCard>
      <HoverCardTrigger>
        <button
          type="button"
          aria-label={label}
          onClick={onOpen}
          className={`${look} bg-accent-soft text-accent hover:bg-accent hover:text-on-accent`}
        >
          {citation.number}
        </button>
      </HoverCardTrigger>
      <HoverCardContent>
        <CitationCard citation={citation} />
      </HoverCardContent>
    </HoverCard>
  );
}

function CitationCard({ citation }: { citation: Citation }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const quote = citation.quote ?? "";
  return (
    <div className="w-80 max-w-[80vw] space-y-2 text-sm">
      <p className="font-medium">{citation.document_title || citation.document_name}</p>
      <p className="text-muted text-xs">
        {[
          place(citation, t),
          citation.version_number && t("versionNumber", { number: citation.version_number }),
          ...freshness(citation, t, formats),
          citation.score !== null && citation.score !== undefined && t("score", { score: citation.score.toFixed(2) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <blockquote className="border-accent border-l-2 ps-3">
        {quote.length > EXCERPT ? `${quote.slice(0, EXCERPT)}…` : quote}
      </blockquote>
      {(citation.version_removed || citation.superseded) && (
        <p className="text-warning text-xs">{t(citation.version_removed ? "versionRemoved" : "superseded")}</p>
      )}
    </div>
  );
}

/** "page 3", or what the format calls it: a slide's or a sheet's label. */
export function place(citation: Citation, t: ReturnType<typeof useMessages<keyof typeof messages.en>>): string {
  return citation.page_label || t("page", { page: citation.page ?? 1 });
}
