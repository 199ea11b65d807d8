"use client";

import { useQuery } from "@tanstack/react-query";
import { Info, Search, SearchX } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { type KeyboardEvent, useState } from "react";

import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { openPanel } from "@/lib/panel";

import type { KnowledgeBase } from "../types";
import { type SearchValues, toRequest } from "./filters";
import { HitCard } from "./HitCard";
import { messages } from "./messages";
import { placeOf } from "./place";
import { SearchForm } from "./SearchForm";

/** What a question finds here: ranked passages with scores and reasons. */
export function SearchTab({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  const router = useRouter();
  const parameters = useSearchParams();
  const [values, setValues] = useState<SearchValues>({
    query: parameters.get("q") ?? "",
    mediaType: parameters.get("type") ?? "",
    from: parameters.get("from") ?? "",
    to: parameters.get("to") ?? "",
  });
  const [sent, setSent] = useState<SearchValues | null>(values.query ? values : null);
  const search = useQuery({
    queryKey: ["search", knowledgeBase.id, sent],
    enabled: sent !== null,
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/search", { body: toRequest(knowledgeBase.id, sent ?? values), signal })),
  });

  function submit(wanted: SearchValues) {
    const query = wanted.query.trim();
    setSent(query ? { ...wanted, query } : null);
    const place = new URLSearchParams({ id: knowledgeBase.id, tab: "search" });
    if (query) place.set("q", query);
    if (wanted.mediaType) place.set("type", wanted.mediaType);
    if (wanted.from) place.set("from", wanted.from);
    if (wanted.to) place.set("to", wanted.to);
    router.replace(`/knowledge/base/?${place}`, { scroll: false });
  }

  return (
    <div className="max-w-4xl">
      <SearchForm
        values={values}
        busy={search.isFetching}
        onChange={setValues}
        onSubmit={(wanted) => {
          setValues(wanted);
          submit(wanted);
        }}
      />
      {!sent && <EmptyState icon={Search} title={t("hintTitle")} description={t("hintText")} />}
      {sent && search.isPending && (
        <div className="mt-6 flex flex-col gap-3">
          <Skeleton className="h-36 rounded-xl" />
          <Skeleton className="h-36 rounded-xl" />
        </div>
      )}
      {search.isError && <ErrorState problem={search.error} onRetry={() => void search.refetch()} />}
      {search.data && <Found found={search.data} />}
    </div>
  );
}

function Found({ found }: { found: Schemas["SearchOut"] }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { hits, searched, confident, milliseconds } = found;
  if (hits.length === 0)
    return (
      <div role="status">
        <EmptyState
          icon={SearchX}
          title={t("nothingTitle")}
          description={searched ? t("nothingText", { searched: formats.number(searched) }) : t("nothingAtAll")}
        />
      </div>
    );
  return (
    <section aria-labelledby="search-results" className="mt-6">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="search-results" className="font-semibold text-lg">
          {t("results")}
        </h2>
        <p role="status" className="text-muted text-sm">
          {t("found", {
            count: hits.length,
            searched: formats.number(searched),
            milliseconds: formats.number(Math.round(milliseconds)),
          })}
        </p>
      </div>
      {!confident && (
        <p className="mb-4 flex items-start gap-2 rounded-lg bg-warning-soft px-4 py-3 text-sm text-warning">
          <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
          {t("unsure")}
        </p>
      )}
      <ol className="flex flex-col gap-3" onKeyDown={step}>
        {hits.map((hit, index) => (
          <li key={hit.chunk_id}>
            <HitCard hit={hit} rank={index + 1} onOpen={() => openPanel(hits.map(placeOf), index)} />
          </li>
        ))}
      </ol>
      <p className="mt-3 hidden text-muted text-xs sm:block">{t("keys")}</p>
    </section>
  );
}

/** Arrow keys go from result to result. */
function step(event: KeyboardEvent<HTMLOListElement>): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!by) return;
  const openers = Array.from(event.currentTarget.querySelectorAll<HTMLElement>("[data-open-hit]"));
  const card = document.activeElement?.closest("li");
  const present = openers.findIndex((opener) => card?.contains(opener));
  const next = openers[present + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
