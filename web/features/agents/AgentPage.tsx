"use client";

import { ArrowLeft, Bot, MessageSquare } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";

import { Badge } from "@/components/ui/badge";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { messages } from "./messages";
import { type Agent, useAgent } from "./queries";

const SettingsTab = dynamic(() => import("./SettingsTab").then((found) => found.SettingsTab), {
  ssr: false,
  loading: Loading,
});
const InstructionsTab = dynamic(() => import("./InstructionsTab").then((found) => found.InstructionsTab), {
  ssr: false,
  loading: Loading,
});
const AccessTab = dynamic(() => import("./AccessTab").then((found) => found.AccessTab), {
  ssr: false,
  loading: Loading,
});
const StatisticsTab = dynamic(() => import("./StatisticsTab").then((found) => found.StatisticsTab), {
  ssr: false,
  loading: Loading,
});

const TABS = ["settings", "instructions", "access", "statistics"] as const;

/** One agent, `?id=…&tab=…`. */
export function AgentPage() {
  const t = useMessages(messages);
  const id = useSearchParams().get("id") ?? "";
  const query = useAgent(id);
  const unknown = !id || (query.error instanceof Problem && [404, 422].includes(query.error.status));
  return (
    <div className="@container mx-auto w-full max-w-6xl px-4 pt-6 pb-40 sm:px-8">
      <Link
        href="/agents/"
        className="-ml-1 inline-flex min-h-6 items-center gap-1.5 rounded px-1 text-muted text-sm hover:text-text"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("back")}
      </Link>
      {query.data && !unknown ? <Shown key={id} agent={query.data} /> : <h1 className="sr-only">{t("title")}</h1>}
      {unknown && <EmptyState icon={Bot} title={t("missing")} description={t("missingText")} />}
      {!unknown && query.isError && !query.data && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {!unknown && query.isPending && <Loading />}
    </div>
  );
}

function Shown({ agent }: { agent: Agent }) {
  const t = useMessages(messages);
  const router = useRouter();
  const wanted = useSearchParams().get("tab");
  const tab = TABS.find((one) => one === wanted) ?? "settings";
  useTitle(agent.name);
  const { settings } = agent;
  return (
    <>
      <header className="mt-3 mb-6 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0 max-w-3xl">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="min-w-0 font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">{agent.name}</h1>
            {!agent.enabled && <Badge>{t("off")}</Badge>}
          </div>
          {agent.description && <p className="mt-1 text-muted [overflow-wrap:anywhere]">{agent.description}</p>}
        </div>
        {agent.level && agent.enabled && (
          <Link href={`/chat/?agent=${agent.id}`} className={buttonClass()}>
            <MessageSquare aria-hidden className="size-4" />
            {t("ask")}
          </Link>
        )}
      </header>
      {settings ? (
        <Tabs
          label={t("tabs")}
          value={tab}
          onValueChange={(next) => router.replace(`/agents/agent/?id=${agent.id}&tab=${next}`, { scroll: false })}
          tabs={TABS.map((value) => ({ value, label: t(value) }))}
        >
          <div className="pt-1">
            {tab === "settings" && <SettingsTab agent={agent} settings={settings} />}
            {tab === "instructions" && <InstructionsTab agentId={agent.id} told={settings.instructions} />}
            {tab === "access" && <AccessTab agentId={agent.id} />}
            {tab === "statistics" && <StatisticsTab agentId={agent.id} />}
          </div>
        </Tabs>
      ) : (
        <Overview agent={agent} />
      )}
    </>
  );
}

/** For those who may use it, and not change it. */
function Overview({ agent }: { agent: Agent }) {
  const t = useMessages(messages);
  return (
    <div className="grid max-w-3xl gap-8">
      <section>
        <h2 className="mb-2 font-semibold text-lg">{t("where")}</h2>
        {agent.knowledge_bases?.length ? (
          <ul className="flex flex-wrap gap-2">
            {agent.knowledge_bases.map((one) => (
              <li key={one.id}>
                <Badge>{one.name}</Badge>
              </li>
            ))}
          </ul>
        ) : (
          !agent.knowledge_bases && <p className="text-muted">{t("everywhere")}</p>
        )}
        <p className="mt-2 text-muted text-sm">{t("whereHint")}</p>
      </section>
      {agent.starters.length > 0 && (
        <section>
          <h2 className="mb-2 font-semibold text-lg">{t("starters")}</h2>
          <ul className="grid gap-2">
            {agent.starters.map((one) => (
              <li key={one} className="rounded-xl border border-line bg-raised px-4 py-3 [overflow-wrap:anywhere]">
                {one}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
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
