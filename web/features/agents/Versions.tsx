"use client";

import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./part-messages";
import { useActivate, useDiff, useVersions, type Version } from "./queries";

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
      <ol className="divide-y divide-line border-line border-y empty:hidden">
        {query.versions.map((version) => (
          <Entry
            key={version.number}
            agentId={agentId}
            version={version}
            onUse={() => use(version.number)}
            onEdit={onEdit}
          />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          variant="secondary"
          size="sm"
          className="mt-3"
          busy={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("more")}
        </Button>
      )}
    </section>
  );
}

interface EntryProps {
  agentId: string;
  version: Version;
  onUse: () => void;
  onEdit: (text: string) => void;
}

function Entry({ agentId, version, onUse, onEdit }: EntryProps) {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const [isCompared, setCompared] = useState(false);
  const { number } = version;
  const named = (act: "use" | "edit" | "compare" | "hide") => `${t(act)}, ${t("version", { number })}`;
  return (
    <li className="py-3">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{t("version", { number })}</span>
        {version.active && <Badge tone="success">{t("inUse")}</Badge>}
        <span className="text-muted text-sm">
          {t("when", { name: version.created_by_name || t("somebody"), when: ago(version.created_at) })}
        </span>
      </p>
      {version.note && <p className="mt-1 break-words text-sm">{version.note}</p>}
      <p className="mt-1 line-clamp-2 whitespace-pre-wrap break-words text-muted text-sm">{version.text}</p>
      <div className="mt-2 -ms-2 flex flex-wrap gap-1">
        {!version.active && (
          <Button size="sm" variant="ghost" aria-label={named("use")} onClick={onUse}>
            {t("use")}
          </Button>
        )}
        <Button size="sm" variant="ghost" aria-label={named("edit")} onClick={() => onEdit(version.text)}>
          {t("edit")}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          aria-expanded={isCompared}
          aria-label={named(isCompared ? "hide" : "compare")}
          onClick={() => setCompared(!isCompared)}
        >
          {t(isCompared ? "hide" : "compare")}
        </Button>
      </div>
      {isCompared && <Comparison agentId={agentId} former={number - 1} later={number} />}
    </li>
  );
}

const LOOK = {
  same: "text-muted",
  removed: "bg-danger-soft text-danger line-through",
  added: "bg-success-soft text-success",
} as const;

/** What one version says that the one before did not, line by line; told by words as well as by colour. */
function Comparison({ agentId, former, later }: { agentId: string; former: number; later: number }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useDiff(agentId, former, later);
  if (query.isPending) return <Skeleton className="mt-2 h-16 rounded-lg" />;
  if (query.isError) return <p className="mt-2 text-danger text-sm">{say(query.error)}</p>;
  return (
    <ol className="mt-2 overflow-hidden rounded-lg border border-line text-sm">
      {query.data.lines.map(({ kind, text }, number) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of two texts that never change
        <li key={number} className={`px-3 py-1 ${LOOK[kind]}`}>
          {kind === "same" ? (
            <span className="whitespace-pre-wrap break-words">{text}</span>
          ) : (
            <>
              <VisuallyHidden>{t(kind === "added" ? "addedLine" : "removedLine", { text })}</VisuallyHidden>
              <span aria-hidden className="whitespace-pre-wrap break-words">
                {`${kind === "added" ? "+" : "−"} ${text}`}
              </span>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
