"use client";

import { Download, ExternalLink, FileClock, FileX } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import type { Place } from "@/lib/panel";

import { DocumentContent } from "./DocumentContent";
import { messages } from "./messages";
import { downloadOriginal, useDocument } from "./queries";
import { Readers } from "./Readers";
import { Skim } from "./Skim";
import { VersionsButton } from "./versions/VersionsButton";

interface DocumentBodyProps {
  place: Place;
  /** Another version is to be shown; the one that answers where none is named. */
  onVersion: (versionId: string | undefined) => void;
}

type Known = Schemas["DocumentDetail"];
type Version = Schemas["VersionOut"];

/** What a document is, and its pages or its text at a place. */
export function DocumentBody({ place, onVersion }: DocumentBodyProps) {
  const t = useMessages(messages);
  const document = useDocument(place.documentId);
  if (document.isError) return <ErrorState problem={document.error} onRetry={() => void document.refetch()} />;
  const known = document.data;
  if (!known) return <Skim />;
  const version = known.versions.find((one) => one.id === (place.versionId ?? known.active_version_id));
  const isOld = place.versionId !== undefined && place.versionId !== known.active_version_id;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Facts document={known} version={version} versionId={place.versionId} onVersion={onVersion} />
      {isOld && version && (
        <p className="flex flex-wrap items-center gap-2 bg-warning-soft px-4 py-2 text-sm">
          <Badge tone="warning">{t("version", { number: version.number })}</Badge>
          {t("superseded", { number: version.number })}
          <Button size="sm" variant="ghost" onClick={() => onVersion(undefined)}>
            {t("newest")}
          </Button>
        </p>
      )}
      {version ? (
        <DocumentContent key={version.id} document={known} version={version} place={place} />
      ) : isOld && known.active_version_id ? (
        <EmptyState
          icon={FileClock}
          title={t("notKept")}
          action={<Button onClick={() => onVersion(undefined)}>{t("newest")}</Button>}
        />
      ) : known.state === "failed" ? (
        <EmptyState icon={FileX} title={t("failed")} description={known.failure ?? ""} />
      ) : (
        <EmptyState icon={FileClock} title={t("processing")} description={t("processingText")} />
      )}
    </div>
  );
}

interface FactsProps {
  document: Known;
  version: Version | undefined;
  /** The one that was asked for, if any was. */
  versionId: string | undefined;
  onVersion: (versionId: string) => void;
}

function Facts({ document, version, versionId, onVersion }: FactsProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const link = document.source_url && /^https?:/.test(document.source_url) ? document.source_url : null;
  return (
    <div className="flex flex-wrap items-center gap-x-2 border-line border-b px-4 py-1 text-muted text-xs">
      <span>{t("updated", { when: formats.ago(document.modified_at) })}</span>
      {version && <span>· {t("pages", { count: version.page_count })}</span>}
      <span className="ms-auto flex items-center">
        {document.versions.length > 1 && (
          <VersionsButton document={document} current={versionId} onChoose={onVersion} />
        )}
        <Readers document={document} />
        {link && (
          <a
            href={link}
            target="_blank"
            rel="noopener noreferrer"
            title={t("source")}
            aria-label={t("source")}
            className="grid size-9 place-items-center rounded-lg hover:bg-sunken"
          >
            <ExternalLink aria-hidden className="size-[1.125rem]" />
          </a>
        )}
        <IconButton
          label={t("original")}
          icon={Download}
          onClick={() =>
            downloadOriginal(document.id, versionId, document.name).catch((problem) =>
              toast({ title: say(problem), tone: "danger" }),
            )
          }
        />
      </span>
    </div>
  );
}
