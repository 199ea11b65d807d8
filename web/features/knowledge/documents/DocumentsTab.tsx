"use client";

import { FileSearch, FileUp } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { Skeleton } from "@/components/ui/skeleton";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useDocuments } from "../queries";
import type { DocumentFilter, KnowledgeBase, Sort } from "../types";
import { BulkBar } from "./BulkBar";
import { DocumentCards } from "./DocumentCards";
import { DocumentFilters } from "./DocumentFilters";
import { DocumentTable } from "./DocumentTable";
import { messages } from "./messages";
import { ProcessingNote } from "./ProcessingNote";
import { Uploader } from "./Uploader";
import { useDocumentActions } from "./useDocumentActions";
import { useWide } from "./useWide";

const EVERYTHING: DocumentFilter = { name: "", state: "", mediaType: "" };

interface DocumentsTabProps {
  knowledgeBase: KnowledgeBase;
  manages: boolean;
}

export function DocumentsTab({ knowledgeBase, manages }: DocumentsTabProps) {
  const t = useMessages(messages);
  const place = useRef<HTMLElement>(null);
  const wide = useWide(place);
  const parameters = useSearchParams();
  const [filter, setFilter] = useState({ ...EVERYTHING, state: parameters.get("state") ?? "" });
  const [sort, setSort] = useState<Sort>({ column: "name", descending: false });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const name = useDebounced(filter.name.trim());
  const query = useDocuments(knowledgeBase.id, { ...filter, name }, sort);
  const { documents } = query;
  const { actions, dialogs } = useDocumentActions(knowledgeBase.id, (ids) => {
    setChosen((present) => new Set([...present].filter((id) => !ids.includes(id))));
  });
  const filtered = filter.name !== "" || filter.state !== "" || filter.mediaType !== "";
  const selected = documents.filter((document) => chosen.has(document.id));
  const empty = query.isSuccess && documents.length === 0;
  const List = wide ? DocumentTable : DocumentCards;

  return (
    <section ref={place} aria-label={t("documents")} className="@container">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        {(!empty || filtered) && <DocumentFilters filter={filter} onChange={setFilter} />}
        {manages && <Uploader knowledgeBase={knowledgeBase} />}
      </div>
      <ProcessingNote
        knowledgeBaseId={knowledgeBase.id}
        onShowFailed={() => setFilter({ ...EVERYTHING, state: "failed" })}
      />
      {selected.length > 0 && <BulkBar documents={selected} actions={actions} onClear={() => setChosen(new Set())} />}
      <VisuallyHidden role="status">
        {query.isSuccess && filtered ? t("shown", { count: documents.length }) : ""}
      </VisuallyHidden>

      {query.isPending && <Placeholders label={t("loading")} />}
      {query.isError && documents.length === 0 && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {empty && !filtered && (
        <EmptyState
          icon={FileUp}
          title={t("emptyTitle")}
          description={manages ? t("emptyManage") : t("emptyRead")}
          className={manages ? "max-w-none rounded-2xl border-2 border-line border-dashed" : undefined}
        />
      )}
      {empty && filtered && (
        <EmptyState
          icon={FileSearch}
          title={t("nothingTitle")}
          description={t("nothingText")}
          action={
            <Button variant="secondary" onClick={() => setFilter(EVERYTHING)}>
              {t("clearFilter")}
            </Button>
          }
        />
      )}
      {documents.length > 0 && (
        <List
          documents={documents}
          manages={manages}
          sort={sort}
          onSort={setSort}
          chosen={chosen}
          onChoose={setChosen}
          actions={actions}
          busy={query.isPlaceholderData}
        />
      )}
      <MoreButton of={query} className="mx-auto mt-6 flex" />
      {dialogs}
    </section>
  );
}

function Placeholders({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2">
      {["a", "b", "c", "d", "e"].map((key) => (
        <Skeleton key={key} className="h-12 rounded-lg" />
      ))}
    </div>
  );
}
