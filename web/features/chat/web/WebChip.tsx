"use client";

import { ExternalLink, Globe } from "lucide-react";

import { HoverCard, HoverCardContent, HoverCardTrigger } from "@/components/ui/hover-card";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import type { WebCitation } from "../types";
import { messages } from "./messages";

const EXCERPT = 320;

/** `[2]` in an answer where that is a page of the public web: it looks unlike a document, and leads out of here. */
export function WebChip({ citation }: { citation: WebCitation }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { number, title, host, quote } = citation;
  return (
    <HoverCard>
      <HoverCardTrigger>
        <a
          href={webAddress(citation)}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={t("chip", { number, title, host })}
          className="mx-0.5 inline-flex min-h-6 items-center gap-0.5 rounded-md border border-line bg-sunken px-1 align-baseline font-medium text-text text-xs leading-none no-underline hover:bg-raised"
        >
          <Globe aria-hidden className="size-3 shrink-0" />
          {number}
        </a>
      </HoverCardTrigger>
      <HoverCardContent>
        <div className="w-80 max-w-[80vw] space-y-2 text-sm">
          <p className="break-words font-medium">{title}</p>
          <p className="text-muted text-xs">
            {host} · {t("read", { when: formats.ago(citation.retrieved_at) })}
          </p>
          <blockquote className="break-words border-line border-l-2 ps-3">
            {quote.length > EXCERPT ? `${quote.slice(0, EXCERPT)}…` : quote}
          </blockquote>
          <p className="flex items-center gap-1.5 text-muted text-xs">
            <ExternalLink aria-hidden className="size-3.5 shrink-0" />
            {t("opens")}. {t("notOurs")}
          </p>
        </div>
      </HoverCardContent>
    </HoverCard>
  );
}

/** Where it leads; nothing but the web is led to, whatever was stored. */
export function webAddress({ url }: WebCitation): string | undefined {
  return /^https?:\/\//i.test(url) ? url : undefined;
}
