"use client";

import { useQuery } from "@tanstack/react-query";
import { Check, ShieldCheck, ShieldX, X } from "lucide-react";
import { useState } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import type { Grant } from "../types";
import { inWords } from "./explanation";
import { messages } from "./messages";
import { wordOf } from "./rights";
import { type Subject, SubjectPicker } from "./SubjectPicker";

interface CheckAccessProps {
  knowledgeBaseId: string;
  grants: readonly Grant[];
}

/** Can this person read it, and why. */
export function CheckAccess({ knowledgeBaseId, grants }: CheckAccessProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [person, setPerson] = useState<Subject | null>(null);
  const query = useQuery({
    // Below the grants' key, so that a changed grant asks again.
    queryKey: [...keys.grants(knowledgeBaseId), "access", person?.id],
    enabled: person !== null,
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/access", {
          params: { path: { knowledge_base_id: knowledgeBaseId }, query: { user_id: person?.id ?? "" } },
        }),
      ),
  });
  const names = new Map(grants.map((grant) => [wordOf(grant), grant.subject_name]));

  return (
    <section aria-labelledby="check-title">
      <h2 id="check-title" className="font-semibold text-lg">
        {t("check")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("checkText")}</p>
      <div className="rounded-xl border border-line bg-raised p-5">
        <SubjectPicker label={t("person")} kind="user" picked={person} onPick={setPerson} />
        <div aria-live="polite">
          {person && query.isPending && <Skeleton className="mt-4 h-20 rounded-lg" />}
          {person && query.isError && <p className="mt-4 text-danger text-sm">{say(query.error)}</p>}
          {person && query.data && (
            <div
              className={cn(
                "mt-4 rounded-lg p-4",
                query.data.readable ? "bg-success-soft text-success" : "bg-danger-soft text-danger",
              )}
            >
              <p className="flex items-start gap-2 font-medium">
                {query.data.readable ? (
                  <ShieldCheck aria-hidden className="mt-0.5 size-5 shrink-0" />
                ) : (
                  <ShieldX aria-hidden className="mt-0.5 size-5 shrink-0" />
                )}
                {t(query.data.readable ? "can" : "cannot", { name: person.name })}
              </p>
              <ol className="mt-2 flex flex-col gap-1 text-sm text-text">
                {query.data.steps.map((step) => (
                  <li key={step.question} className="flex items-start gap-2">
                    {step.holds ? (
                      <Check aria-label={t("yes")} className="mt-1 size-4 shrink-0 text-success" />
                    ) : (
                      <X aria-label={t("no")} className="mt-1 size-4 shrink-0 text-danger" />
                    )}
                    <span>{inWords(t, step, names)}</span>
                  </li>
                ))}
              </ol>
            </div>
          )}
        </div>
      </div>
    </section>
  );
}
