"use client";

import { Info } from "lucide-react";
import { Fragment } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useLanguage, useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./details-messages";
import type { Run } from "./types";

/** Who wrote an answer, where, how fast and for how much: for those who want to know. */
export function AnswerDetails({ run }: { run: Run }) {
  const t = useMessages(messages);
  return (
    <Popover>
      <PopoverTrigger>
        <IconButton label={t("details")} icon={Info} />
      </PopoverTrigger>
      <PopoverContent label={t("details")} side="top" align="start" className="max-w-[calc(100vw-2rem)]">
        <Facts run={run} />
      </PopoverContent>
    </Popover>
  );
}

function Facts({ run }: { run: Run }) {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  const { number } = useFormats();
  const about = run.usage_estimated ? "≈ " : "";
  const tokens = t("tokenCount", { input: number(run.input_tokens), output: number(run.output_tokens) });
  const usd = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumSignificantDigits: 3 });
  const seconds = (until: string | null) => {
    if (!until || !run.started_at) return null;
    const passed = (new Date(until).getTime() - new Date(run.started_at).getTime()) / 1000;
    return t("seconds", { count: number(Math.round(passed * 10) / 10) });
  };
  const rows: [string, string | null, string?][] = [
    [t("model"), run.model.slice(run.model.indexOf("/") + 1)],
    [t("provider"), run.provider],
    [t("region"), run.region],
    [
      t("tokens"),
      about + tokens,
      [
        run.usage_estimated && t("estimated"),
        run.cached_tokens > 0 && t("cached", { count: number(run.cached_tokens) }),
      ]
        .filter(Boolean)
        .join(", "),
    ],
    [
      t("cost"),
      run.cost_usd === null ? t("unknown") : about + usd.format(Number(run.cost_usd)),
      run.price_source && t("costHint", { source: run.price_source }),
    ],
    [t("prompt"), run.prompt_version ? t("promptVersion", { number: run.prompt_version }) : null],
    [t("first"), seconds(run.first_token_at)],
    [t("total"), seconds(run.finished_at)],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      {rows
        .filter(([, value]) => value)
        .map(([name, value, hint]) => (
          <Fragment key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="break-words text-text">
              {value}
              {hint && <span className="block text-muted text-xs">{hint}</span>}
            </dd>
          </Fragment>
        ))}
    </dl>
  );
}
