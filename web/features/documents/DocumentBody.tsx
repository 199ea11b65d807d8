"use client";

import { Download, ExternalLink } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import type { Place } from "@/lib/panel";

import { DocumentText } from "./DocumentText";
import { messages } from "./messages";
import { downloadOriginal, useDocument } from "./queries";

interface DocumentBodyProps {
  place: Place;
  onNewest: () => void;
}

/** What a document is, and its text at a place. */
export function DocumentBody({ place, onNewest }: DocumentBodyProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const document = useDocument(place.documentId);
  if (document.isError) return <ErrorState problem={document.error} onRetry={() => void document.refetch()} />;
  const known = document.data;
  const version = known?.versions.find((one) => one.id === (place.versionId ?? known.active_version_id));
  const isOld = known && place.versionId !== undefined && place.versionId !== known.active_version_id;
  const link = known?.source_url && /^https?:/.test(known.source_url) ? known.source_url : null;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2 text-muted text-xs">
        {known && (
          <>
            <span>{t("updated", { when: formats.ago(known.modified_at) })}</span>
            {version && <span>· {t("pages", { count: version.page_count })}</span>}
            <span title={t("readers")}>· {known.restricted ? t("restricted") : t("readable")}</span>
            <span className="ms-auto flex gap-1">
              {link && (
                <a href={link} target="_blank" rel="noopener noreferrer" className="flex items-center gap-1 px-2 py-1">
                  <ExternalLink aria-hidden className="size-4" /> {t("source")}
                </a>
              )}
              <Button
                size="sm"
                variant="ghost"
                onClick={() =>
                  downloadOriginal(known.id, place.versionId, known.name).catch((problem) =>
                    toast({ title: say(problem), tone: "danger" }),
                  )
                }
              >
                <Download aria-hidden className="size-4" /> {t("original")}
              </Button>
            </span>
          </>
        )}
      </div>
      {isOld && version && (
        <p className="flex flex-wrap items-center gap-2 bg-warning-soft px-4 py-2 text-sm">
          <Badge tone="warning">{t("version", { number: version.number })}</Badge>
          {t("superseded", { number: version.number })}
          <Button size="sm" variant="ghost" onClick={onNewest}>
            {t("newest")}
          </Button>
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label={t("document")}>
        {known && (
          <DocumentText
            key={`${place.versionId ?? known.active_version_id}-${place.start ?? 0}`}
            documentId={place.documentId}
            versionId={place.versionId}
            start={place.start ?? 0}
            end={place.end ?? 0}
          />
        )}
      </section>
    </div>
  );
}
