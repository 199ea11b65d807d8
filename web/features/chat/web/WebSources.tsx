"use client";

import { ExternalLink, Globe } from "lucide-react";
import { useId } from "react";

import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";

import type { WebCitation } from "../types";
import { messages } from "./messages";
import { webAddress } from "./WebChip";

/** The pages of the public web that an answer cites, apart from the company's documents. */
export function WebSources({ citations }: { citations: readonly WebCitation[] }) {
  const t = useMessages(messages);
  const id = useId();
  if (!citations.length) return null;
  return (
    <div className="mt-4">
      <h3 id={id} className="mb-1.5 font-medium text-muted text-xs">
        {t("fromWeb")}
      </h3>
      <ul aria-labelledby={id} className="flex flex-wrap gap-2">
        {citations.map((one) => (
          <li key={one.number} className="max-w-full">
            <a
              href={webAddress(one)}
              target="_blank"
              rel="noopener noreferrer"
              className="flex min-w-0 items-center gap-2 rounded-lg border border-line border-dashed px-2.5 py-1.5 text-sm hover:bg-sunken"
            >
              <span className="shrink-0 font-medium text-xs">{one.number}</span>
              <Globe aria-hidden className="size-4 shrink-0 text-muted" />
              <span className="min-w-0">
                <span className="block max-w-60 truncate">{one.title}</span>
                <span className="block max-w-60 truncate text-muted text-xs">{one.host}</span>
              </span>
              <ExternalLink aria-hidden className="size-3.5 shrink-0 text-muted" />
              <VisuallyHidden>{t("opens")}</VisuallyHidden>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
