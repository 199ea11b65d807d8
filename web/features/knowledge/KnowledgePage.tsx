"use client";

import { BookOpen, Plus, Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { SearchField } from "@/components/ui/search-field";
import { Skeleton } from "@/components/ui/skeleton";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";
import { messages } from "./messages";
import { useKnowledgeBases, useMe } from "./queries";

const DeletedBases = dynamic(() => import("./deleted/DeletedBases").then((found) => found.DeletedBases), {
  ssr: false,
});
const CreateDialog = dynamic(() => import("./CreateDialog").then((found) => found.CreateDialog), { ssr: false });
const KnowledgeBaseCard = dynamic(() => import("./KnowledgeBaseCard").then((found) => found.KnowledgeBaseCard), {
  ssr: false,
});

const GRID = "grid grid-cols-1 gap-4 @2xl:grid-cols-2 @5xl:grid-cols-3 @min-[1400px]:grid-cols-4";

/** Every knowledge base one may see, as cards. */
export function KnowledgePage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const search = useDebounced(typed.trim());
  const [creating, setCreating] = useState(false);
  const query = useKnowledgeBases(search);
  const { knowledgeBases } = query;
  const me = useMe();
  const mayCreate = me.data?.permissions.includes("knowledge.create") ?? false;
  const empty = query.isSuccess && knowledgeBases.length === 0;
  const create = mayCreate && (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden className="size-4" />
      {t("create")}
    </Button>
  );

  return (
    <div className="@container mx-auto w-full max-w-[1600px] px-4 pt-8 pb-40 sm:px-8">
      <header className="mb-8 flex flex-wrap items-start justify-between gap-4">
        <div className="max-w-2xl">
          <h1 className="font-semibold text-2xl tracking-tight">{t("title")}</h1>
          <p className="mt-1 text-muted">{t("explain")}</p>
        </div>
        {!(empty && search === "") && create}
      </header>

      {!(empty && search === "") && (
        <SearchField label={t("searchByName")} value={typed} onChange={setTyped} className="mb-6 max-w-sm" />
      )}

      <VisuallyHidden role="status">
        {query.isSuccess && search ? t("shown", { count: knowledgeBases.length }) : ""}
      </VisuallyHidden>

      {query.isPending && <Placeholders label={t("loading")} />}
      {query.isError && knowledgeBases.length === 0 && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {empty && search === "" && (
        <EmptyState icon={BookOpen} title={t("emptyTitle")} description={t("emptyText")} action={create} />
      )}
      {empty && search !== "" && (
        <EmptyState
          icon={Search}
          title={t("nothingFound")}
          description={t("nothingFoundText", { search })}
          action={
            <Button variant="secondary" onClick={() => setTyped("")}>
              {t("clearSearch")}
            </Button>
          }
        />
      )}
      {knowledgeBases.length > 0 && (
        <ul className={GRID} aria-label={t("list")} aria-busy={query.isPlaceholderData}>
          {knowledgeBases.map((knowledgeBase) => (
            <li key={knowledgeBase.id} className="min-w-0">
              <KnowledgeBaseCard knowledgeBase={knowledgeBase} />
            </li>
          ))}
        </ul>
      )}
      <MoreButton of={query} className="mx-auto mt-6 flex" />

      <DeletedBases />
      <CreateDialog
        open={creating}
        onOpenChange={setCreating}
        onCreated={(id) => router.push(`/knowledge/base/?id=${id}`)}
      />
    </div>
  );
}

function Placeholders({ label }: { label: string }) {
  return (
    <div className={GRID} role="status" aria-label={label}>
      {["a", "b", "c"].map((key) => (
        <Skeleton key={key} className="h-44 rounded-xl" />
      ))}
    </div>
  );
}
