"use client";

import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import type { Place } from "@/lib/panel";

import { messages } from "./messages";
import { Skim } from "./Skim";
import { DocumentText } from "./text/DocumentText";

// The viewer and what it is made of are loaded when a PDF is opened, and not before.
const PdfView = dynamic(() => import("./pdf/PdfView").then((module) => module.PdfView), {
  ssr: false,
  loading: Skim,
});

const PictureView = dynamic(() => import("./pdf/PictureView").then((module) => module.PictureView), {
  ssr: false,
  loading: Skim,
});

const Passages = dynamic(() => import("./Passages").then((module) => module.Passages), { ssr: false, loading: Skim });

type View = "pages" | "text" | "passages";

const LABELS = { pages: "showPages", text: "showText", passages: "showPassages" } as const;

/** Characters of the version's text, and the page that they are said to stand on. */
interface Span {
  start: number;
  end: number;
  page?: number | undefined;
}

interface DocumentContentProps {
  document: Schemas["DocumentDetail"];
  version: Schemas["VersionOut"];
  place: Place;
}

/** A version at a place: its pages, its stored text, or the passages that a search finds. */
export function DocumentContent({ document, version, place }: DocumentContentProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const isPicture = document.media_type.startsWith("image/");
  const hasPages = isPicture || document.media_type === "application/pdf";
  const [chosen, setChosen] = useState<View>(hasPages ? "pages" : "text");
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  // A passage that was picked from the list counts until another place is asked for.
  const asked = `${place.start ?? 0}-${place.end ?? 0}`;
  const [picked, setPicked] = useState<(Span & { instead: string }) | null>(null);
  const span: Span =
    picked?.instead === asked ? picked : { start: place.start ?? 0, end: place.end ?? 0, page: place.page };
  const views: readonly View[] = [
    ...(hasPages && !problem ? (["pages"] as const) : []),
    "text",
    ...(version.id === document.active_version_id ? (["passages"] as const) : []),
  ];
  const view = views.includes(chosen) ? chosen : "text";
  return (
    <>
      <div className="flex min-h-11 items-center gap-1 border-line border-b px-4 py-1 text-muted text-xs">
        <fieldset className="flex gap-1">
          <legend className="sr-only">{t("view")}</legend>
          {views.map((one) => (
            <Button
              key={one}
              size="sm"
              variant={view === one ? "secondary" : "ghost"}
              aria-pressed={view === one}
              onClick={() => setChosen(one)}
            >
              {t(LABELS[one])}
            </Button>
          ))}
        </fieldset>
        <span ref={setBar} className="ms-auto flex items-center" />
      </div>
      {problem !== null && (
        <p role="status" className="bg-warning-soft px-4 py-2 text-sm">
          {t("notDrawn", { reason: say(problem) })}
        </p>
      )}
      {view === "pages" && isPicture ? (
        <PictureView
          documentId={document.id}
          versionId={version.id}
          count={version.page_count}
          start={span.start}
          end={span.end}
          page={span.page}
          bar={bar}
        />
      ) : view === "pages" ? (
        <PdfView
          documentId={document.id}
          versionId={version.id}
          size={version.size}
          start={span.start}
          end={span.end}
          page={span.page}
          bar={bar}
          onFail={setProblem}
        />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label={t(LABELS[view])}>
          {view === "passages" ? (
            <Passages
              documentId={document.id}
              versionId={version.id}
              onShow={({ start, end, page }) => {
                setPicked({ start, end, page, instead: asked });
                setChosen(views[0] ?? "text");
              }}
            />
          ) : (
            <DocumentText
              key={`${version.id}-${span.start}`}
              documentId={document.id}
              versionId={place.versionId}
              start={span.start}
              end={span.end}
            />
          )}
        </section>
      )}
    </>
  );
}
