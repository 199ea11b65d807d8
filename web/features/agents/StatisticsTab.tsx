"use client";

import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./part-messages";
import { useStatistics } from "./queries";

const FIGURES = ["questions", "people", "up", "down"] as const;

/** How much the agent is asked; never by whom. */
export function StatisticsTab({ agentId }: { agentId: string }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const query = useStatistics(agentId);
  if (query.isError) return <ErrorState problem={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton className="h-64 rounded-xl" />;
  const { days } = query.data;
  const most = Math.max(1, ...days.map((one) => one.questions));
  return (
    <div className="grid max-w-3xl gap-8">
      <p className="text-muted text-sm">{t("period")}</p>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        {FIGURES.map((name) => (
          <div key={name} className="flex flex-col-reverse rounded-xl border border-line bg-raised p-4">
            <dt className="text-muted text-sm">{t(name)}</dt>
            <dd className="font-semibold text-2xl tabular-nums">{formats.number(query.data[name])}</dd>
          </div>
        ))}
      </dl>
      <section aria-labelledby="agent-days">
        <h2 id="agent-days" className="mb-3 font-semibold text-lg">
          {t("perDay")}
        </h2>
        <ol className="flex h-32 items-end gap-1 rounded-xl border border-line bg-raised p-4">
          {days.map((one) => (
            <li
              key={one.day}
              className="flex h-full min-w-0 flex-1 items-end"
              title={t("onDay", { day: one.day, count: one.questions })}
            >
              <span className="sr-only">{t("onDay", { day: one.day, count: one.questions })}</span>
              <span
                aria-hidden
                className={`w-full rounded-sm ${one.questions ? "bg-accent" : "bg-line"}`}
                style={{ height: one.questions ? `${Math.max(6, (one.questions / most) * 100)}%` : "2px" }}
              />
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}
