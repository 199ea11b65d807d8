"use client";

import { ArrowLeft, BookX, EyeOff, Lock } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";

import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { useTitle } from "@/lib/title";

import { useChanges } from "./changes";
import { messages } from "./messages";
import { useDocumentCount, useKnowledgeBase, useProgress, useRight } from "./queries";
import type { KnowledgeBase } from "./types";

const DocumentsTab = dynamic(() => import("./documents/DocumentsTab").then((found) => found.DocumentsTab), {
  ssr: false,
  loading: Loading,
});
const SearchTab = dynamic(() => import("./search/SearchTab").then((found) => found.SearchTab), {
  ssr: false,
  loading: Loading,
});
const AccessTab = dynamic(() => import("./access/AccessTab").then((found) => found.AccessTab), {
  ssr: false,
  loading: Loading,
});
const SettingsTab = dynamic(() => import("./settings/SettingsTab").then((found) => found.SettingsTab), {
  ssr: false,
  loading: Loading,
});
const CareTab = dynamic(() => import("./care/CareTab").then((found) => found.CareTab), {
  ssr: false,
  loading: Loading,
});
const DeletedTab = dynamic(() => import("./deleted/DeletedTab").then((found) => found.DeletedTab), {
  ssr: false,
  loading: Loading,
});

const TABS = ["documents", "search", "care", "deleted", "access", "settings"] as const;
type Tab = (typeof TABS)[number];

/** One knowledge base, `?id=…&tab=…`. */
export function BasePage() {
  const id = useSearchParams().get("id") ?? "";
  return <Loaded key={id} id={id} />;
}

function Loaded({ id }: { id: string }) {
  const t = useMessages(messages);
  const query = useKnowledgeBase(id);
  const unknown = !id || (query.error instanceof Problem && [404, 422].includes(query.error.status));

  return (
    <div className="mx-auto w-full max-w-[1600px] px-4 pt-6 pb-40 sm:px-8">
      <Link
        href="/knowledge/"
        className="-ml-1 inline-flex min-h-6 items-center gap-1.5 rounded px-1 text-muted text-sm hover:text-text"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("back")}
      </Link>
      {unknown ? (
        <Untitled>
          <EmptyState icon={BookX} title={t("missing")} description={t("missingText")} />
        </Untitled>
      ) : query.data ? (
        <Shown knowledgeBase={query.data} />
      ) : query.isError ? (
        <Untitled>
          <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
        </Untitled>
      ) : (
        <Untitled>
          <Loading />
        </Untitled>
      )}
    </div>
  );
}

/** What is shown while there is no name to head the page with. */
function Untitled({ children }: { children: ReactNode }) {
  const t = useMessages(messages);
  return (
    <>
      <h1 className="sr-only">{t("title")}</h1>
      {children}
    </>
  );
}

function Shown({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  const router = useRouter();
  const parameters = useSearchParams();
  const { right, governs } = useRight(knowledgeBase);
  const reads = right !== "govern";
  useChanges(knowledgeBase.id, reads);
  const manages = right === "manage";
  const shown: Record<Tab, boolean> = {
    documents: true,
    search: reads,
    care: manages,
    deleted: manages,
    access: governs,
    settings: governs,
  };
  const tabs = TABS.filter((tab) => shown[tab]);
  const wanted = parameters.get("tab");
  const tab: Tab = tabs.find((one) => one === wanted) ?? (reads ? "documents" : "access");

  useTitle(knowledgeBase.name);

  return (
    <>
      <header className="mt-3 mb-6">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">
            {knowledgeBase.name}
          </h1>
          {knowledgeBase.personal && (
            <Badge tone="accent">
              <Lock aria-hidden className="size-3" />
              {t("personal")}
            </Badge>
          )}
          {right === "read" && <Badge>{t("rightRead")}</Badge>}
        </div>
        {knowledgeBase.description && (
          <p className="mt-1 max-w-3xl text-muted [overflow-wrap:anywhere]">{knowledgeBase.description}</p>
        )}
        {reads && <Counts id={knowledgeBase.id} />}
      </header>
      <Tabs
        label={t("tabs")}
        value={tab}
        onValueChange={(next) =>
          router.replace(`/knowledge/base/?id=${knowledgeBase.id}&tab=${next}`, { scroll: false })
        }
        tabs={tabs.map((value) => ({ value, label: t(value) }))}
      >
        <div className="pt-1">
          {tab === "documents" &&
            (reads ? (
              <DocumentsTab knowledgeBase={knowledgeBase} manages={manages} />
            ) : (
              <EmptyState icon={EyeOff} title={t("governTitle")} description={t("governText")} />
            ))}
          {tab === "search" && <SearchTab knowledgeBase={knowledgeBase} />}
          {tab === "care" && <CareTab knowledgeBaseId={knowledgeBase.id} />}
          {tab === "deleted" && <DeletedTab knowledgeBaseId={knowledgeBase.id} />}
          {tab === "access" && <AccessTab knowledgeBase={knowledgeBase} />}
          {tab === "settings" && <SettingsTab knowledgeBase={knowledgeBase} manages={manages} />}
        </div>
      </Tabs>
    </>
  );
}

function Counts({ id }: { id: string }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { data } = useProgress(id);
  const count = (value: number) => (value === 1 ? 1 : formats.number(value));
  const documents = useDocumentCount(id);
  return (
    <p className="mt-2 min-h-5 text-muted text-sm">
      {data &&
        t("counts", {
          documents: t("countDocuments", { count: count(documents) }),
          pages: t("countPages", { count: count(data.pages) }),
          chunks: t("countChunks", { count: count(data.chunks) }),
        })}
    </p>
  );
}

function Loading() {
  const t = useMessages(messages);
  return (
    <div role="status" aria-label={t("loading")} className="mt-4 flex flex-col gap-4">
      <Skeleton className="h-8 w-64" />
      <Skeleton className="h-48 rounded-xl" />
    </div>
  );
}
