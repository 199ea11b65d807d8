"use client";

import { useQuery } from "@tanstack/react-query";

import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** Where the comparison of two versions comes from. */
export interface Diff {
  queryKey: readonly unknown[];
  queryFn: () => Promise<Schemas["PromptDiffOut"]>;
}

const LOOK = {
  same: "text-muted",
  removed: "bg-danger-soft text-danger line-through",
  added: "bg-success-soft text-success",
} as const;
const SIGN = { same: " ", removed: "−", added: "+" } as const;

/** What one version says that the one before did not, line by line; told by words as well as by colour. */
export function Comparison({ diff }: { diff: Diff }) {
  const t = useMessages(messages);
  const say = useProblemText();
  // Versions never change.
  const query = useQuery({ ...diff, staleTime: Number.POSITIVE_INFINITY });
  if (query.isPending) return <Skeleton className="mt-2 h-16 rounded-lg" />;
  if (query.isError) return <p className="mt-2 text-danger text-sm">{say(query.error)}</p>;
  return (
    <ol className="mt-2 overflow-hidden rounded-lg border border-line text-sm">
      {query.data.lines.map((line, number) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of two texts that never change
        <li key={number} className={`flex gap-2 px-3 py-1 ${LOOK[line.kind]}`}>
          <span aria-hidden className="w-3 shrink-0 text-center">
            {SIGN[line.kind]}
          </span>
          {line.kind === "same" ? (
            <span className="min-w-0 whitespace-pre-wrap break-words">{line.text}</span>
          ) : (
            <>
              <VisuallyHidden>{t(line.kind, { text: line.text })}</VisuallyHidden>
              <span aria-hidden className="min-w-0 whitespace-pre-wrap break-words">
                {line.text}
              </span>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
