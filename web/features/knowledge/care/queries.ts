"use client";

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { flatten, nextCursor } from "../pages";
import { keys } from "../queries";

export type Reprocessing = Schemas["ReprocessingOut"];
type Which = "all" | "stale" | "failed";

const POLL = 1_500;

const careKey = (id: string) => [...keys.documents(id), "care"] as const;
const runKey = (id: string) => [...keys.documents(id), "reprocessing"] as const;

export function useCare(knowledgeBaseId: string) {
  return useQuery({
    queryKey: careKey(knowledgeBaseId),
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/care", {
          params: { path: { knowledge_base_id: knowledgeBaseId } },
        }),
      ),
  });
}

export function useStale(knowledgeBaseId: string, enabled: boolean) {
  const query = useInfiniteQuery({
    queryKey: [...careKey(knowledgeBaseId), "stale"],
    enabled,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/stale-documents", {
          params: { path: { knowledge_base_id: knowledgeBaseId }, query: { cursor: pageParam, limit: 20 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
  return { ...query, documents: flatten(query.data) };
}

/** Whether documents are still on their way. */
export function isOpen(run: Reprocessing | null | undefined): boolean {
  return !!run && (run.state === "running" || run.queued > 0);
}

export function useReprocessing(knowledgeBaseId: string) {
  return useQuery({
    queryKey: runKey(knowledgeBaseId),
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/reprocessing", {
          params: { path: { knowledge_base_id: knowledgeBaseId } },
        }),
      ),
    refetchInterval: ({ state }) => (isOpen(state.data) ? POLL : false),
  });
}

export function useFailures(knowledgeBaseId: string, count: number) {
  return useQuery({
    queryKey: [...runKey(knowledgeBaseId), "failures", count],
    enabled: count > 0,
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/reprocessing/failures", {
          params: { path: { knowledge_base_id: knowledgeBaseId }, query: { limit: 20 } },
        }),
      ),
  });
}

export function useReprocess(knowledgeBaseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (which: Which) =>
      unwrap(
        api.POST("/api/knowledge-bases/{knowledge_base_id}/reprocess", {
          params: { path: { knowledge_base_id: knowledgeBaseId } },
          body: { which },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.documents(knowledgeBaseId) }),
  });
}

export function useChangeReprocessing(knowledgeBaseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (act: "pause" | "resume" | "cancel") =>
      unwrap(
        api.POST("/api/knowledge-bases/{knowledge_base_id}/reprocessing/{act}", {
          params: { path: { knowledge_base_id: knowledgeBaseId, act } },
        }),
      ),
    onSuccess: (run) => client.setQueryData(runKey(knowledgeBaseId), run),
  });
}
