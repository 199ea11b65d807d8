"use client";

import { Bot, Plus, Search } from "lucide-react";
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

import { AgentCard } from "./AgentCard";
import { messages } from "./messages";
import { useAgents, useMe } from "./queries";

const CreateDialog = dynamic(() => import("./CreateDialog").then((found) => found.CreateDialog), { ssr: false });

const GRID = "grid grid-cols-1 gap-4 @2xl:grid-cols-2 @5xl:grid-cols-3";

/** Every agent one may use or govern, as cards. */
export function AgentsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const search = useDebounced(typed.trim());
  const [creating, setCreating] = useState(false);
  const query = useAgents(search);
  const { agents } = query;
  const me = useMe();
  const mayCreate = me.data?.permissions.includes("agents.create") ?? false;
  const empty = query.isSuccess && agents.length === 0;
  const bare = empty && search === "";
  const create = mayCreate && (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden className="size-4" />
      {t("create")}
    </Button>
  );
  return (
    <div className="@container mx-auto w-full max-w-6xl px-4 pt-8 pb-40 sm:px-8">
      <header className="mb-8 flex flex-wrap items-start justify-between gap-4">
        <div className="max-w-2xl">
          <h1 className="font-semibold text-2xl tracking-tight">{t("title")}</h1>
          <p className="mt-1 text-muted">{t("lead")}</p>
        </div>
        {!bare && create}
      </header>
      {!bare && <SearchField label={t("search")} value={typed} onChange={setTyped} className="mb-6 max-w-sm" />}
      <VisuallyHidden role="status">
        {query.isSuccess && search ? t("shown", { count: agents.length }) : ""}
      </VisuallyHidden>
      {query.isPending && (
        <div className={GRID} role="status" aria-label={t("loading")}>
          <Skeleton className="h-44 rounded-xl" />
          <Skeleton className="h-44 rounded-xl" />
        </div>
      )}
      {query.isError && agents.length === 0 && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {bare && (
        <EmptyState
          icon={Bot}
          title={t("emptyTitle")}
          description={t(mayCreate ? "emptyText" : "emptyReader")}
          action={create}
        />
      )}
      {empty && search !== "" && (
        <EmptyState
          icon={Search}
          title={t("nothingFound")}
          action={
            <Button variant="secondary" onClick={() => setTyped("")}>
              {t("clear")}
            </Button>
          }
        />
      )}
      {agents.length > 0 && (
        <ul className={GRID} aria-label={t("list")} aria-busy={query.isPlaceholderData}>
          {agents.map((agent) => (
            <li key={agent.id} className="min-w-0">
              <AgentCard agent={agent} />
            </li>
          ))}
        </ul>
      )}
      <MoreButton of={query} className="mx-auto mt-6 flex" />
      {creating && (
        <CreateDialog onClose={() => setCreating(false)} onCreated={(id) => router.push(`/agents/agent/?id=${id}`)} />
      )}
    </div>
  );
}
