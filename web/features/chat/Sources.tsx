"use client";

import { ExternalLink, FileText } from "lucide-react";
import { useId } from "react";

import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { place } from "./CitationChip";
import { freshness } from "./freshness";
import { messages } from "./messages";
import type { Citation } from "./types";

interface SourcesProps {
  citations: readonly Citation[];
  onOpen: (number: number) => void;
}

/** What an answer rests on, under it: document, place, and how fresh it is. */
export function Sources({ citations, onOpen }: SourcesProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const id = useId();
  if (!citations.length) return null;
  return (
    <div className="mt-4">
      <h3 id={id} className="mb-1.5 font-medium text-muted text-xs">
        {t("sources")}
      </h3>
      <ul aria-labelledby={id} className="flex flex-wrap gap-2">
        {citations.map((one) => (
          <li key={one.number} className="flex max-w-full items-stretch rounded-lg border border-line text-sm">
            {one.available ? (
              <button
                type="button"
                onClick={() => onOpen(one.number)}
                className="flex min-w-0 items-center gap-2 rounded-lg px-2.5 py-1.5 text-left hover:bg-sunken"
              >
                <span className="shrink-0 font-medium text-accent text-xs">{one.number}</span>
                <FileText aria-hidden className="size-4 shrink-0 text-muted" />
                <span className="min-w-0">
                  <span className="block max-w-60 truncate">{one.document_title || one.document_name}</span>
                  <span className="block text-muted text-xs">
                    {[place(one, t), ...freshness(one, t, formats)].join(" · ")}
                  </span>
                  {(one.version_removed || one.superseded) && (
                    <span className="block text-warning text-xs">
                      {t(one.version_removed ? "versionRemoved" : "superseded")}
                    </span>
                  )}
                </span>
              </button>
            ) : (
              <span className="px-2.5 py-1.5 text-muted">
                {one.number} · {t("unavailable")}
              </span>
            )}
            {one.source_url && /^https?:/.test(one.source_url) && (
              <a
                href={one.source_url}
                target="_blank"
                rel="noopener noreferrer"
                aria-label={t("openOriginal")}
                className="grid w-9 place-items-center border-line border-l text-muted hover:bg-sunken"
              >
                <ExternalLink aria-hidden className="size-4" />
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
