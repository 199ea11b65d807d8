"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { keys } from "./queries";

/** The server takes this many documents at a time. */
const BATCH = 200;

export interface BulkWanted {
  action: "delete" | "restore" | "reprocess" | "move";
  documentIds: readonly string[];
  knowledgeBaseId?: string;
}

/** One action on many documents, in batches; what was refused comes back with its reasons. */
export function useBulk(knowledgeBaseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, documentIds, knowledgeBaseId: target }: BulkWanted) => {
      const sum: Schemas["BulkOut"] = { done: 0, refused: [] };
      for (let from = 0; from < documentIds.length; from += BATCH) {
        const document_ids = documentIds.slice(from, from + BATCH);
        const body = { action, document_ids, knowledge_base_id: target ?? null };
        const { done, refused } = await unwrap(api.POST("/api/documents/bulk", { body }));
        sum.done += done;
        sum.refused.push(...refused);
      }
      return sum;
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) }),
        client.invalidateQueries({ queryKey: keys.knowledgeBases }),
      ]),
  });
}

export function useCreateKnowledgeBase() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["KnowledgeBaseIn"]) => unwrap(api.POST("/api/knowledge-bases", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.knowledgeBases }),
  });
}

export function useUpdateKnowledgeBase(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["KnowledgeBasePatch"]) =>
      unwrap(
        api.PATCH("/api/knowledge-bases/{knowledge_base_id}", { params: { path: { knowledge_base_id: id } }, body }),
      ),
    onSuccess: (updated) => {
      client.setQueryData(keys.knowledgeBase(id), updated);
      return client.invalidateQueries({ queryKey: keys.knowledgeBases });
    },
  });
}

export function useDeleteKnowledgeBase(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/knowledge-bases/{knowledge_base_id}", { params: { path: { knowledge_base_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: [...keys.knowledgeBases, "pages"] }),
  });
}

export function useReprocessAll(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/knowledge-bases/{knowledge_base_id}/reprocess", { params: { path: { knowledge_base_id: id } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.documents(id) }),
  });
}

export function usePutGrant(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["GrantIn"]) =>
      unwrap(
        api.PUT("/api/knowledge-bases/{knowledge_base_id}/grants", {
          params: { path: { knowledge_base_id: id } },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.knowledgeBases }),
  });
}

export function useRemoveGrant(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ subject_kind, subject_id }: Pick<Schemas["GrantOut"], "subject_kind" | "subject_id">) =>
      unwrap(
        api.DELETE("/api/knowledge-bases/{knowledge_base_id}/grants/{subject_kind}/{subject_id}", {
          params: { path: { knowledge_base_id: id, subject_kind, subject_id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.knowledgeBases }),
  });
}
