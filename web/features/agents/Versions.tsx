"use client";

import { VersionList } from "@/components/prompts/VersionList";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";
import { diffOf, useActivate, useVersions } from "./queries";

interface VersionsProps {
  agentId: string;
  told: Schemas["InstructionsOut"];
  onEdit: (text: string) => void;
}

/** Everything that was ever written, the newest first; one of them counts, or none. */
export function Versions({ agentId, told, onEdit }: VersionsProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useVersions(agentId);
  const activate = useActivate(agentId);
  const use = (number: number) =>
    activate.mutate(
      { number, changes: told.changes },
      {
        onSuccess: () => toast({ title: t("activated", { number }), tone: "success" }),
        onError: (problem) => toast({ title: say(problem), tone: "danger" }),
      },
    );
  return (
    <section aria-labelledby="agent-versions" className="min-w-0">
      <h2 id="agent-versions" className="mb-3 font-semibold text-lg">
        {t("versions")}
      </h2>
      {query.isPending && <Skeleton className="h-32 rounded-xl" />}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && query.versions.length === 0 && <p className="text-muted text-sm">{t("noVersions")}</p>}
      <VersionList
        versions={query.versions}
        diffOf={(former, later) => diffOf(agentId, former, later)}
        onUse={use}
        onEdit={onEdit}
      />
      <MoreButton of={query} size="sm" className="mt-3" />
    </section>
  );
}
