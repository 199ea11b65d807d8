"use client";

import { Check, Info, ShieldCheck, ShieldQuestion, ShieldX, X } from "lucide-react";

import { cn } from "@/lib/cn";
import { failureInWords } from "@/lib/failures";
import { useLanguage, useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { KINDS } from "./kinds";
import { messages } from "./messages";
import {
  type Access,
  type AccessGrant,
  type AccessStep,
  behind,
  type Noun,
  stepInWords,
  verdictInWords,
} from "./words";

/** So many names are shown of what would give access; the list of grants has the rest. */
const NAMED = 12;

const LOOKS = {
  yes: { icon: ShieldCheck, box: "bg-success-soft", title: "text-success" },
  partly: { icon: ShieldQuestion, box: "bg-warning-soft", title: "text-warning" },
  no: { icon: ShieldX, box: "bg-danger-soft", title: "text-danger" },
} as const;

function lookOf({ readable, verdict }: Access) {
  if (readable) return verdict === "not_searchable" ? LOOKS.partly : LOOKS.yes;
  return verdict === "deactivated" ? LOOKS.partly : LOOKS.no;
}

/** Why somebody can or cannot see something: the answer, and the chain that leads to it. */
export function AccessAnswer({ access, noun }: { access: Access; noun: Noun }) {
  const t = useMessages(messages);
  const { icon: Icon, box, title } = lookOf(access);
  return (
    <div className={cn("rounded-lg p-4", box)}>
      <p className={cn("flex items-start gap-2 font-medium [overflow-wrap:anywhere]", title)}>
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />
        {verdictInWords(t, access, noun)}
      </p>
      <AccessChain access={access} className="mt-3" />
    </div>
  );
}

export function AccessChain({ access, className }: { access: Access; className?: string }) {
  const t = useMessages(messages);
  const { date } = useFormats();
  const language = useLanguage((chosen) => chosen.language);
  return (
    <ol className={cn("flex flex-col gap-2 text-sm text-text", className)}>
      {access.steps.map((step) => (
        <li key={step.code} className="flex items-start gap-2">
          <Mark step={step} />
          <div className="min-w-0 [overflow-wrap:anywhere]">
            <p>
              {stepInWords(t, date, step)}
              {step.detail && ` ${failureInWords(step.detail, step.note, language)}`}
            </p>
            {step.through.map((grant) => (
              <Behind key={grant.subject} grant={grant} />
            ))}
            {step.missing.length > 0 && <Missing grants={step.missing} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Mark({ step }: { step: AccessStep }) {
  const t = useMessages(messages);
  const look = "mt-0.5 size-4 shrink-0";
  if (step.question === "role" || step.question === "credential")
    return <Info aria-label={t("note")} className={cn(look, "text-muted")} />;
  return step.holds ? (
    <Check aria-label={t("yes")} className={cn(look, "text-success")} />
  ) : (
    <X aria-label={t("no")} className={cn(look, "text-danger")} />
  );
}

function Behind({ grant }: { grant: AccessGrant }) {
  const t = useMessages(messages);
  const { date } = useFormats();
  const said = behind(t, date, grant);
  return said.length > 0 && <p className="text-muted text-xs">{said.join(" ")}</p>;
}

/** What is granted, and does not name the person: each would be a way in. */
function Missing({ grants }: { grants: readonly AccessGrant[] }) {
  const t = useMessages(messages);
  const living = grants.filter((grant) => grant.name);
  if (living.length === 0) return null;
  return (
    <>
      <p className="mt-1 text-muted text-xs">{t("missing")}</p>
      <ul className="mt-1 flex flex-wrap gap-1.5">
        {living.slice(0, NAMED).map((grant) => {
          const { icon: Icon, key } = KINDS[grant.kind];
          return (
            <li
              key={grant.subject}
              className="inline-flex max-w-full items-center gap-1 rounded-full border border-line bg-raised px-2 py-0.5 text-xs"
            >
              <Icon aria-label={t(key)} className="size-3 shrink-0 text-muted" />
              <span className="truncate">{grant.name}</span>
            </li>
          );
        })}
        {living.length > NAMED && (
          <li className="py-0.5 text-muted text-xs">{t("more", { count: living.length - NAMED })}</li>
        )}
      </ul>
    </>
  );
}
