import { type QueryClient, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { afterSignIn } from "../afterSignIn";
import { keys } from "../queries";
import { followRun, forgetRun, useRuns } from "../runs";

export type Research = Schemas["ResearchOut"];
export type PlanPart = Schemas["Part"];

/** Those of a conversation, by the question that each belongs to. */
export function useResearch(conversationId: string | null): ReadonlyMap<string, Research> | undefined {
  const found = useQuery({
    queryKey: keys.research(conversationId ?? ""),
    enabled: conversationId !== null,
    queryFn: async () => {
      const items: Research[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 200, ...(cursor ? { cursor } : {}) };
        const path = { conversation_id: conversationId ?? "" };
        const page = await unwrap(
          api.GET("/api/conversations/{conversation_id}/research", { params: { path, query } }),
        );
        items.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return items;
    },
    select: byQuestion,
  });
  return found.data;
}

function byQuestion(items: readonly Research[]): ReadonlyMap<string, Research> {
  return new Map(items.map((one) => [one.question_id, one]));
}

interface Wanted {
  text: string;
  conversationId: string | null;
  knowledgeBases: readonly string[];
  temporary: boolean;
}

/** Has a plan made, which takes as long as the model does. Throws Problem; then nothing was asked. */
export async function planResearch(client: QueryClient, wanted: Wanted, signal: AbortSignal): Promise<Research> {
  const body: Record<string, unknown> = { question: wanted.text };
  if (wanted.conversationId) body.conversation_id = wanted.conversationId;
  if (wanted.temporary) body.temporary = true;
  if (wanted.knowledgeBases.length) body.scope = { knowledge_base_ids: wanted.knowledgeBases };
  const research = await afterSignIn(() =>
    unwrap(api.POST("/api/research", { body: body as Schemas["ResearchIn"], signal })),
  );
  await refresh(client, research.conversation_id);
  return research;
}

/** Starts it with this plan or, without one, goes on with it. */
export async function startResearch(client: QueryClient, research: Research, plan?: PlanPart[]): Promise<void> {
  const params = { path: { research_id: research.id } };
  const run = await afterSignIn(() =>
    plan
      ? unwrap(api.POST("/api/research/{research_id}/start", { params, body: { plan } }))
      : unwrap(api.POST("/api/research/{research_id}/continue", { params })),
  );
  for (const { id, questionId, state } of Object.values(useRuns.getState().live))
    if (questionId === research.question_id && state !== "running") forgetRun(id);
  followRun(client, run.id, run.conversation_id, run.question_id);
  await refresh(client, run.conversation_id);
}

export async function refresh(client: QueryClient, conversationId: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: keys.research(conversationId) }),
    client.invalidateQueries({ queryKey: keys.messages(conversationId) }),
  ]);
  void client.invalidateQueries({ queryKey: keys.conversations });
}

/** The button that was pressed goes away, and the focus must not go with it. */
export function leaveFor(id: string): void {
  document.getElementById(id)?.focus({ preventScroll: true });
}
