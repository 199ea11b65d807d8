"use client";

import { EyeOff, Info } from "lucide-react";
import type { ReactNode } from "react";

import { AccessAnswer, AccessChain } from "@/components/access/AccessChain";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { openPanel } from "@/lib/panel";

import { HitCard } from "../search/HitCard";
import { placeOf } from "../search/place";
import { messages } from "./messages";

/** What the person finds, each with the reason, and what is called like the question and is not found. */
export function Simulated({ found }: { found: Schemas["SimulationOut"] }) {
  const t = useMessages(messages);
  const { person, hits, unseen, knowledge_bases: bases, confident } = found;
  const name = person.name;
  const notShown = bases.some((base) => !base.shown);
  const nothing =
    person.state === "deactivated"
      ? t("signedOut", { name })
      : bases.every((base) => !base.access.readable)
        ? t("notReadable", { name })
        : t("nothing", { name });
  return (
    <div className="mt-6 max-w-4xl">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h3 className="font-semibold [overflow-wrap:anywhere]">{t("results", { name })}</h3>
        <p role="status" className="text-muted text-sm">
          {t("count", { count: hits.length })}
        </p>
      </div>
      {notShown && <Told>{t("notShown")}</Told>}
      {!notShown && hits.length === 0 && <Told>{nothing}</Told>}
      {hits.length > 0 && !confident && <Told>{t("unsure")}</Told>}
      <ol className="flex flex-col gap-3">
        {hits.map((hit, index) => (
          <li key={hit.chunk_id} className="min-w-0">
            <HitCard hit={hit} rank={index + 1} onOpen={() => openPanel(hits.map(placeOf), index)}>
              <details className="mt-2 border-line border-t pt-2 text-sm">
                <summary className="min-h-6 cursor-pointer rounded font-medium text-accent [overflow-wrap:anywhere]">
                  {t("whySeen", { name })}
                </summary>
                <AccessChain access={hit.access} className="mt-2" />
              </details>
            </HitCard>
          </li>
        ))}
      </ol>
      {unseen.length > 0 && (
        <>
          <h3 className="mt-6 mb-3 font-semibold [overflow-wrap:anywhere]">{t("unseen", { name })}</h3>
          <ul className="flex flex-col gap-3">
            {unseen.map((one) => (
              <li key={one.document_id} className="rounded-xl border border-line p-4">
                <p className="mb-3 flex items-start gap-2 font-medium [overflow-wrap:anywhere]">
                  <EyeOff aria-hidden className="mt-1 size-4 shrink-0 text-muted" />
                  {one.document_name}
                </p>
                <AccessAnswer access={one.access} noun="document" />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Told({ children }: { children: ReactNode }) {
  return (
    <p className="mb-4 flex items-start gap-2 rounded-lg bg-sunken px-4 py-3 text-sm">
      <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <span className="min-w-0 [overflow-wrap:anywhere]">{children}</span>
    </p>
  );
}
