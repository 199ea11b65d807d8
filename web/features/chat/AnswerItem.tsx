"use client";

import { CircleAlert, CircleStop, Unlink } from "lucide-react";
import { type ReactNode, useCallback } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";
import { openPanel } from "@/lib/panel";

import { Support } from "./doubts/Support";
import { AnswerText } from "./markdown/Answer";
import { countRemoved } from "./markdown/links";
import { messages } from "./messages";
import type { RunState } from "./reducer";
import { Sources } from "./Sources";
import { Steps } from "./Steps";
import type { Citation, Finding, Step, WebCitation } from "./types";
import { WebSources } from "./web/WebSources";

const NONE: readonly Finding[] = [];
const NO_WEB: readonly WebCitation[] = [];

interface AnswerItemProps {
  text: string;
  citations: readonly Citation[];
  webCitations?: readonly WebCitation[] | undefined;
  findings?: readonly Finding[] | undefined;
  support?: number | null | undefined;
  kind: "extractive" | "generated" | null;
  state: RunState;
  failure?: string | null | undefined;
  onRetry?: (() => void) | undefined;
  steps?: readonly Step[] | undefined;
  /** The line that says what is going on, and the actions below. */
  status?: ReactNode;
  actions?: ReactNode;
}

/** An answer, finished or on its way. */
export function AnswerItem(props: AnswerItemProps) {
  const {
    text,
    citations,
    webCitations = NO_WEB,
    findings = NONE,
    support = null,
    kind,
    state,
    failure,
    steps,
    onRetry,
    status,
    actions,
  } = props;
  const t = useMessages(messages);
  const removed = countRemoved(text);
  const open = useCallback(
    (number: number) => {
      const shown = citations.filter((one) => one.available && one.document_id);
      const places = shown.map((one) => ({
        documentId: one.document_id ?? "",
        name: one.document_title || one.document_name || undefined,
        // Of a version that is no longer kept there is no place to show, but the document as it is now.
        ...(one.version_removed ? {} : placeIn(one)),
      }));
      const current = shown.findIndex((one) => one.number === number);
      if (current >= 0) openPanel(places, current);
    },
    [citations],
  );
  return (
    <article aria-label={t("answer")} className="group/answer">
      {kind === "extractive" && citations.length > 0 && (
        <Badge tone="neutral" className="mb-2">
          {t("quotation")}
        </Badge>
      )}
      {steps && <Steps steps={steps} />}
      {text && (
        <AnswerText
          text={text}
          citations={citations}
          webCitations={webCitations}
          findings={findings}
          isGrowing={state === "running"}
          onCite={open}
        />
      )}
      {removed > 0 && (
        <p className="mt-2 flex items-start gap-2 text-muted text-sm">
          <Unlink aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>{t(removed === 1 ? "linkRemoved" : "linksRemoved", { count: removed })}</span>
        </p>
      )}
      {status}
      {state === "cancelled" && (
        <p className="mt-2 flex items-center gap-2 text-muted text-sm">
          <CircleStop aria-hidden className="size-4" /> {t("stopped")}
        </p>
      )}
      {state === "failed" && (
        <div
          role="alert"
          className="mt-3 flex flex-wrap items-center gap-3 rounded-lg bg-danger-soft px-4 py-3 text-sm"
        >
          <CircleAlert aria-hidden className="size-4 shrink-0 text-danger" />
          <span className="min-w-0 flex-1">
            {t("failed")} {failure}
          </span>
          {onRetry && (
            <Button size="sm" variant="secondary" onClick={onRetry}>
              {t("retry")}
            </Button>
          )}
        </div>
      )}
      {state !== "running" && <Support findings={findings} score={support} />}
      {state !== "running" && <Sources citations={citations} onOpen={open} />}
      {state !== "running" && <WebSources citations={webCitations} />}
      {actions}
    </article>
  );
}

function placeIn(one: Citation) {
  return {
    versionId: one.version_id ?? undefined,
    start: one.start ?? undefined,
    end: one.end ?? undefined,
    page: one.page ?? undefined,
    quote: one.quote ?? undefined,
  };
}
