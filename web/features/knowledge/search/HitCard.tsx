"use client";

import { type ReactNode, useState } from "react";

import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { iconOf } from "../media";
import type { Hit } from "../types";
import { mark, readable } from "./marking";
import { messages } from "./messages";

/** Longer passages are cut to a few lines until somebody wants all of it. */
const LONG = 420;

interface HitCardProps {
  hit: Hit;
  rank: number;
  onOpen: () => void;
  /** What else there is to say about it, below. */
  children?: ReactNode;
}

export function HitCard({ hit, rank, onOpen, children }: HitCardProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [whole, setWhole] = useState(false);
  const Icon = iconOf(hit.media_type);
  const score = Math.min(100, Math.round(hit.score * 100));
  const text = readable(hit.text);
  const long = text.length > LONG;
  const place = [usePlace(hit), ...hit.heading_path].filter(Boolean);

  return (
    <article className="rounded-xl border border-line bg-raised p-4">
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 items-start gap-2.5">
          <Icon aria-hidden className="mt-1 size-4 shrink-0 text-muted" />
          <div className="min-w-0">
            <h3 className="font-medium [overflow-wrap:anywhere]">
              <button
                type="button"
                data-open-hit
                onClick={onOpen}
                className="min-h-6 rounded text-left underline-offset-2 hover:underline"
              >
                {rank}. {hit.document_name}
                <VisuallyHidden> – {t("open")}</VisuallyHidden>
              </button>
            </h3>
            <p className="text-muted text-xs [overflow-wrap:anywhere]">
              {place.length > 0 && `${place.join(" › ")} · `}
              {formats.date(hit.modified_at)}
            </p>
          </div>
        </div>
        <Score hit={hit} score={score} />
      </header>
      <p className={cn("mt-3 whitespace-pre-line text-sm [overflow-wrap:anywhere]", long && !whole && "line-clamp-5")}>
        {mark(text, hit.matched).map((stretch, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the stretches of a text never change their order
          stretch.marked ? <mark key={index}>{stretch.text}</mark> : stretch.text,
        )}
      </p>
      <footer className="mt-2 flex flex-wrap items-start gap-x-4 gap-y-1 text-sm">
        {long && (
          <button
            type="button"
            aria-expanded={whole}
            onClick={() => setWhole(!whole)}
            className="min-h-6 rounded font-medium text-accent underline-offset-2 hover:underline"
          >
            {whole ? t("less") : t("more")}
          </button>
        )}
        <Reasons hit={hit} />
      </footer>
      {children}
    </article>
  );
}

/** The score, and as parts of the bar what it is made of. */
function Score({ hit, score }: { hit: Hit; score: number }) {
  const t = useMessages(messages);
  const { meaning, words, closeness } = hit.parts;
  const parts = [
    { value: meaning, style: "bg-accent" },
    { value: words, style: "bg-accent/60" },
    { value: closeness, style: "bg-accent/30" },
  ];
  return (
    <div className="flex items-center gap-2" role="img" aria-label={t("score", { score })}>
      <div className="flex h-1.5 w-24 overflow-hidden rounded-full bg-line">
        {parts.map(({ value, style }) => (
          <div key={style} className={style} style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%` }} />
        ))}
      </div>
      <span className="w-7 text-right font-medium text-sm tabular-nums">{score}</span>
    </div>
  );
}

function Reasons({ hit }: { hit: Hit }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { meaning, words, closeness, cosine, bm25 } = hit.parts;
  const points = (value: number) => `+${formats.number(Math.round(value * 100))}`;
  const judged = hit.reasons.find((reason) => reason.startsWith("reranker"));
  return (
    <details className="min-w-0 text-muted">
      <summary className="min-h-6 cursor-pointer rounded">{t("why")}</summary>
      <dl className="mt-1 grid grid-cols-[auto_auto_1fr] gap-x-4 gap-y-0.5 text-xs">
        {judged && <Reason name={t("reranker")} points={judged.split(" ")[1] ?? ""} detail="" />}
        {cosine !== null && (
          <Reason
            name={t("meaning")}
            points={points(meaning)}
            detail={t("meaningHint", { value: formats.number(Math.round(cosine * 100) / 100) })}
          />
        )}
        {Boolean(bm25) && (
          <Reason
            name={t("words")}
            points={points(words)}
            detail={t("wordsHint", { value: formats.number(Math.round((bm25 ?? 0) * 10) / 10) })}
          />
        )}
        {closeness > 0 && <Reason name={t("closeness")} points={points(closeness)} detail="" />}
      </dl>
      {hit.matched.length > 0 && <p className="mt-1 text-xs">{t("matched", { words: hit.matched.join(", ") })}</p>}
    </details>
  );
}

function Reason({ name, points, detail }: { name: string; points: string; detail: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="text-right tabular-nums">{points}</dd>
      <dd>{detail}</dd>
    </>
  );
}

/** Where in the document, as its kind of file counts. */
function usePlace({ media_type, page, page_label }: Hit): string {
  const t = useMessages(messages);
  if (media_type === "application/pdf") return t("page", { page: page_label || page });
  if (media_type.endsWith("presentationml.presentation")) return t("slide", { page });
  if (media_type.endsWith("spreadsheetml.sheet")) return page_label || t("sheet", { page });
  return page_label;
}
