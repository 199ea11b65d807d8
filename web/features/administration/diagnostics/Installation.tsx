"use client";

import { CircleAlert, CircleCheck, CircleMinus, RefreshCw, TriangleAlert } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { useLanguage, useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages as common } from "../messages";
import { Consistency } from "./Consistency";
import { Figures } from "./Figures";
import { messages } from "./messages";
import { type Check, useDiagnostics } from "./queries";
import { inWords } from "./words";

const LOOKS = {
  ok: { icon: CircleCheck, look: "text-success" },
  warning: { icon: TriangleAlert, look: "text-warning" },
  fault: { icon: CircleAlert, look: "text-danger" },
  off: { icon: CircleMinus, look: "text-muted" },
} as const;

/** What the installation stands on, as `nexus doctor` says it. */
export function Installation() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const formats = useFormats();
  const query = useDiagnostics();
  const [looking, setLooking] = useState(false);
  if (query.isError && !query.data) return <ErrorState problem={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) {
    return (
      <div role="status" aria-label={c("loading")}>
        <Skeleton className="h-60 rounded-xl" />
      </div>
    );
  }
  const look = () => {
    setLooking(true);
    void query.refetch().finally(() => setLooking(false));
  };
  const { checks, at } = query.data;
  const amiss = checks.filter((check) => check.state === "warning" || check.state === "fault");
  const calm = checks.filter((check) => !amiss.includes(check));
  return (
    <>
      <section aria-labelledby="diagnostics-checks" className="rounded-xl border border-line bg-raised">
        <div className="flex flex-wrap items-center justify-between gap-3 p-4 sm:p-5">
          <div role="status">
            <h2 id="diagnostics-checks" className="font-semibold text-lg">
              {amiss.length > 0 ? t("amiss", { count: amiss.length }) : t("allWell")}
            </h2>
            <p className="text-muted text-sm">{t("at", { when: formats.moment(at) })}</p>
          </div>
          <Button variant="secondary" size="sm" busy={looking} onClick={look}>
            <RefreshCw aria-hidden className="size-4" />
            {t("again")}
          </Button>
        </div>
        <ul aria-label={t("checks")} className="divide-y divide-line border-line border-t">
          {[...amiss, ...calm].map((check) => (
            <Row key={check.name} check={check} />
          ))}
        </ul>
      </section>
      <Consistency />
      <Figures found={query.data} />
    </>
  );
}

function Row({ check }: { check: Check }) {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  const said = inWords(check, language, useFormats());
  const { icon: Mark, look } = LOOKS[check.state];
  return (
    <li className="grid grid-cols-[1.25rem_1fr] gap-x-3 gap-y-1 px-4 py-3 sm:grid-cols-[1.25rem_11rem_1fr] sm:px-5">
      <Mark aria-hidden className={cn("mt-0.5 size-5", look)} />
      <p className="font-medium">
        {t(`check.${check.name}`)}{" "}
        <span className={cn("font-normal text-sm sm:block", look)}>{t(`state.${check.state}`)}</span>
      </p>
      <div lang={said.language} className="col-start-2 min-w-0 text-sm [overflow-wrap:anywhere] sm:col-start-3">
        <p>{said.detail}</p>
        {said.advice && <p className="mt-1 font-medium">{said.advice}</p>}
      </div>
    </li>
  );
}
