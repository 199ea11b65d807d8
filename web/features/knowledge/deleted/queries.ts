"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { flatten, nextCursor } from "../pages";
import { keys } from "../queries";

export type DeletedDocument = Schemas["DeletedDocumentOut"];
export type DeletedBase = Schemas["DeletedKnowledgeBaseOut"];

const deletedBases = [...keys.knowledgeBases, "deleted"] as const;

export function useDeletedDocuments(knowledgeBaseId: string) {
  const query = useInfiniteQuery({
    queryKey: [...keys.documents(knowledgeBaseId), "deleted"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/deleted-documents", {
          params: { path: { knowledge_base_id: knowledgeBaseId }, query: { cursor: pageParam, limit: 50 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
  return { ...query, documents: flatten(query.data) };
}

/** Restores a document, under a free name where its own is taken; or removes it for good. */
export function useDeletedActions(knowledgeBaseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ document, act }: { document: DeletedDocument; act: "restore" | "purge" }) => {
      const path = { document_id: document.id };
      if (act === "purge") {
        await unwrap(api.POST("/api/documents/{document_id}/purge", { params: { path } }));
        return document.path;
      }
      const body = { keep_both: document.taken };
      return (await unwrap(api.POST("/api/documents/{document_id}/restore", { params: { path }, body }))).path;
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) }),
        client.invalidateQueries({ queryKey: keys.knowledgeBases }),
      ]),
  });
}

export function useDeletedBases() {
  const query = useInfiniteQuery({
    queryKey: deletedBases,
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/api/deleted-knowledge-bases", { params: { query: { cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
  return { ...query, bases: flatten(query.data) };
}

export function useDeletedBaseActions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ base, act }: { base: DeletedBase; act: "restore" | "purge" }) => {
      const options = { params: { path: { knowledge_base_id: base.id } } };
      if (act === "purge") await unwrap(api.POST("/api/knowledge-bases/{knowledge_base_id}/purge", options));
      else await unwrap(api.POST("/api/knowledge-bases/{knowledge_base_id}/restore", options));
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.knowledgeBases }),
  });
}
