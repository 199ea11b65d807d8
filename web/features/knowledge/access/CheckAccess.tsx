"use client";

import { useQuery } from "@tanstack/react-query";

import { AccessAnswer } from "@/components/access/AccessChain";
import { type Subject, SubjectPicker } from "@/components/access/SubjectPicker";
import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import { messages } from "./messages";

interface CheckAccessProps {
  knowledgeBaseId: string;
  person: Subject | null;
  onPick: (person: Subject | null) => void;
  /** Absent for those who may not search as somebody else. */
  onSimulate?: () => void;
}

/** Can this person read it, and why. */
export function CheckAccess({ knowledgeBaseId, person, onPick, onSimulate }: CheckAccessProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useQuery({
    // Below the grants' key, so that a changed grant asks again; nothing else does, since each time is recorded.
    queryKey: [...keys.grants(knowledgeBaseId), "access", person?.id],
    enabled: person !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/access", {
          params: { path: { knowledge_base_id: knowledgeBaseId }, query: { user_id: person?.id ?? "" } },
        }),
      ),
  });

  return (
    <section aria-labelledby="check-title">
      <h2 id="check-title" className="font-semibold text-lg">
        {t("check")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("checkText")}</p>
      <div className="rounded-xl border border-line bg-raised p-5">
        <SubjectPicker label={t("person")} kind="user" deactivated picked={person} onPick={onPick} />
        <div aria-live="polite" className="mt-4 empty:hidden">
          {person && query.isPending && <Skeleton className="h-20 rounded-lg" />}
          {person && query.isError && <p className="text-danger text-sm">{say(query.error)}</p>}
          {person && query.data && <AccessAnswer access={query.data} noun="knowledge_base" />}
        </div>
        {person && query.data && onSimulate && (
          <Button variant="secondary" className="mt-4 max-w-full whitespace-normal" onClick={onSimulate}>
            {t("simulate", { name: person.name })}
          </Button>
        )}
      </div>
    </section>
  );
}
