import { type QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";
import { authorizedFetch } from "@/lib/session";

import { afterSignIn } from "./afterSignIn";
import { followRun } from "./runs";
import type { Conversation, Feedback, Message } from "./types";

export const keys = {
  conversations: ["conversations"] as const,
  conversation: (conversationId: string) => ["conversation", conversationId] as const,
  messages: (conversationId: string) => ["messages", conversationId] as const,
  research: (conversationId: string) => ["research", conversationId] as const,
  knowledgeBases: ["chat", "knowledge-bases"] as const,
  capabilities: ["capabilities"] as const,
};

export function useConversations() {
  return useInfiniteQuery({
    queryKey: keys.conversations,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) };
      const page = await unwrap(api.GET("/api/conversations", { params: { query } }));
      return page as { items: Conversation[]; next_cursor: string | null };
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One that is in no list that has been read: a temporary one, or an old one. */
export function useConversation(conversationId: string | null, enabled: boolean) {
  return useQuery({
    queryKey: keys.conversation(conversationId ?? ""),
    enabled: conversationId !== null && enabled,
    queryFn: () =>
      unwrap(
        api.GET("/api/conversations/{conversation_id}", {
          params: { path: { conversation_id: conversationId ?? "" } },
        }),
      ),
  });
}

/** All messages of a conversation with all its branches; a long one is read page by page. */
export function useMessageList(conversationId: string | null) {
  return useQuery({
    queryKey: keys.messages(conversationId ?? ""),
    enabled: conversationId !== null,
    queryFn: async () => {
      const found: Message[] = [];
      let cursor: string | undefined;
      do {
        const page = await unwrap(
          api.GET("/api/conversations/{conversation_id}/messages", {
            params: {
              path: { conversation_id: conversationId ?? "" },
              query: { limit: 200, ...(cursor ? { cursor } : {}) },
            },
          }),
        );
        found.push(...(page.items as Message[]));
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return found;
    },
  });
}

/** Those that the person may ask, by name; more than a page of them is more than chips are good for. */
export function useKnowledgeBases() {
  return useQuery({
    queryKey: keys.knowledgeBases,
    queryFn: () => unwrap(api.GET("/api/knowledge-bases", { params: { query: { limit: 100 } } })),
    select: (page) => page.items.filter((one) => one.level !== null),
  });
}

interface Question {
  text: string;
  conversationId: string | null;
  /** What it continues; absent: the newest message. */
  parentId?: string | undefined;
  /** The question that it replaces, when one was edited. */
  editedId?: string | undefined;
  knowledgeBases: readonly string[];
  /** Who answers a new conversation. */
  agentId?: string | null;
  /** Ids of the files that go with it, and whether it is asked of files alone. */
  attachments?: readonly string[];
  attachmentsOnly?: boolean;
  /** Of a new conversation: in no list, and gone after some hours. */
  temporary?: boolean;
}

/** Asks, and shows the answer as it comes. Throws Problem; then nothing was asked. */
export async function ask(client: QueryClient, question: Question): Promise<Schemas["RunOut"]> {
  const body: Record<string, unknown> = { question: question.text };
  if (question.conversationId) body.conversation_id = question.conversationId;
  if (question.parentId) body.parent_id = question.parentId;
  if (question.editedId) body.edited_id = question.editedId;
  if (question.agentId) body.agent_id = question.agentId;
  if (question.temporary) body.temporary = true;
  if (question.attachments?.length) body.attachment_ids = question.attachments;
  if (question.attachmentsOnly) body.scope = { attachments_only: true };
  else if (question.knowledgeBases.length) body.scope = { knowledge_base_ids: question.knowledgeBases };
  const run = await afterSignIn(() => unwrap(api.POST("/api/runs", { body: body as Schemas["QuestionIn"] })));
  followRun(client, run.id, run.conversation_id, run.question_id);
  await client.invalidateQueries({ queryKey: keys.messages(run.conversation_id) });
  void client.invalidateQueries({ queryKey: keys.conversations });
  return run;
}

export async function regenerate(client: QueryClient, runId: string): Promise<void> {
  const params = { path: { run_id: runId } };
  const run = await afterSignIn(() => unwrap(api.POST("/api/runs/{run_id}/regenerate", { params })));
  followRun(client, run.id, run.conversation_id, run.question_id);
}

export async function stopRun(runId: string): Promise<void> {
  await unwrap(api.POST("/api/runs/{run_id}/cancel", { params: { path: { run_id: runId } } }));
}

export async function decideApproval(runId: string, step: string, allow: boolean): Promise<void> {
  const params = { path: { run_id: runId, step: Number(step) } };
  await unwrap(api.POST("/api/runs/{run_id}/approvals/{step}", { params, body: { allow } }));
}

export async function giveFeedback(messageId: string, feedback: Feedback): Promise<void> {
  const path = { message_id: messageId };
  await unwrap(api.PUT("/api/messages/{message_id}/feedback", { params: { path }, body: feedback }));
}

export async function takeFeedbackBack(messageId: string): Promise<void> {
  const path = { message_id: messageId };
  await unwrap(api.DELETE("/api/messages/{message_id}/feedback", { params: { path } }));
}

/** They stay as they are: the server asks the model once. */
export function useFollowUps(runId: string) {
  return useQuery({
    queryKey: ["follow-ups", runId],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => unwrap(api.GET("/api/runs/{run_id}/follow-ups", { params: { path: { run_id: runId } } })),
    select: ({ questions }) => questions,
  });
}

/** Saves what the server sends under the name it gives it. */
export async function download(path: string, name: string): Promise<void> {
  const response = await authorizedFetch(path);
  if (!response.ok) throw await (await import("@/lib/api/problem")).readProblem(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
