"use client";

import { useState } from "react";

import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { Editor } from "./Editor";
import { messages } from "./messages";
import { usePrompt } from "./queries";
import { Versions } from "./Versions";

/** What the tenant wishes of answers: written, tried, compared, taken back. */
export function PromptsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const query = usePrompt();
  // A version to begin from; counted up, so that choosing the same one again begins anew.
  const [start, setStart] = useState<{ text: string; turn: number } | null>(null);
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      {query.isPending && <Skeleton className="h-60 rounded-xl" />}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (
        <div className="grid gap-10 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Editor key={start?.turn ?? 0} prompt={query.data} start={start?.text ?? null} />
          <Versions
            prompt={query.data}
            onEdit={(text) => setStart((before) => ({ text, turn: (before?.turn ?? 0) + 1 }))}
          />
        </div>
      )}
    </PageFrame>
  );
}
