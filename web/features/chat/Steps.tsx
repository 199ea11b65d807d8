"use client";

import {
  BookOpenText,
  Calculator,
  CalendarDays,
  ChevronRight,
  FileText,
  Globe,
  Hash,
  List,
  Plug,
  Search,
  Sigma,
  Table2,
  TextSearch,
} from "lucide-react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { Query } from "./Query";
import { countSteps, subjectOf, toolOf } from "./steps";
import type { Step } from "./types";

const LOOKS = {
  search_knowledge: { icon: Search, word: "stepSearch" },
  read_document: { icon: FileText, word: "stepRead" },
  list_documents: { icon: List, word: "stepList" },
  count_documents: { icon: Hash, word: "stepCount" },
  read_all_documents: { icon: BookOpenText, word: "stepReadAll" },
  find_mentions: { icon: TextSearch, word: "stepMentions" },
  list_tables: { icon: Table2, word: "stepTables" },
  query_table: { icon: Sigma, word: "stepQuery" },
  calculate: { icon: Calculator, word: "stepCalculate" },
  today: { icon: CalendarDays, word: "stepToday" },
  search_web: { icon: Globe, word: "stepSearchWeb" },
  read_web_page: { icon: Globe, word: "stepReadPage" },
} as const;

/** What was done before the answer: one quiet line, and what is in it for those who want to know. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  const t = useMessages(messages);
  if (steps.length === 0) return null;
  const summary = countSteps(steps)
    .map(({ kind, count }) => t(kind, { count }))
    .join(", ");
  return (
    <details className="group/steps mb-3 text-sm">
      <summary className="-mx-1.5 inline-flex cursor-pointer list-none items-center gap-1.5 rounded-md px-1.5 py-0.5 text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/steps:rotate-90" />
        {summary.charAt(0).toLocaleUpperCase() + summary.slice(1)}
      </summary>
      <ol className="mt-2 space-y-2.5 border-line border-l pl-4">
        {steps.map((step) => (
          <li key={step.id}>
            <OneStep step={step} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function OneStep({ step }: { step: Step }) {
  const t = useMessages(messages);
  const look = step.source ? undefined : LOOKS[step.name as keyof typeof LOOKS];
  const Icon = look?.icon ?? Plug;
  const subject = step.withheld ? t("stepWithheld") : subjectOf(step);
  return (
    <div className="flex items-start gap-2">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <div className="min-w-0">
        <p className="break-words">
          {look ? t(look.word) : t("stepTool", { name: toolOf(step) })}
          {subject && <span className="text-muted"> {subject}</span>}
        </p>
        {step.name === "query_table" && !step.source && <Query step={step} />}
        <p className="text-muted text-xs">{outcomeOf(step, t)}</p>
      </div>
    </div>
  );
}

function outcomeOf(step: Step, t: ReturnType<typeof useMessages<keyof typeof messages.en>>): string {
  if (step.refused) return t(step.approval === "expired" ? "stepExpired" : "stepRefused");
  if (step.failed) return step.failed;
  if (step.found === null) return step.covered && step.ms === null ? readSoFar(step, t) : "";
  if (step.name === "query_table") return t("foundRows", { count: step.found });
  if (step.name === "list_tables") return t("foundTables", { count: step.found });
  const kind = step.name === "read_all_documents" ? "saySomething" : step.covered ? "foundDocuments" : "foundPassages";
  const found = t(kind, { count: step.found });
  if (!step.covered) return found;
  const [looked = 0, whole = 0] = step.covered;
  return `${found} · ${t("covered", { looked, whole })}`;
}

function readSoFar(step: Step, t: ReturnType<typeof useMessages<keyof typeof messages.en>>): string {
  const [looked = 0, whole = 0] = step.covered ?? [];
  return t("readingAll", { looked, whole });
}
