"use client";

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { flatten, nextCursor } from "./pages";
import type { DocumentFilter, KnowledgeBase, KnowledgeDocument, Right, Sort } from "./types";

/** The keys of what is kept of the server's state. A change invalidates the shortest that covers it. */
export const keys = {
  knowledgeBases: ["knowledge-bases"] as const,
  knowledgeBase: (id: string) => ["knowledge-bases", "one", id] as const,
  progress: (id: string) => ["knowledge-bases", "progress", id] as const,
  grants: (id: string) => ["knowledge-bases", "grants", id] as const,
  documents: (knowledgeBaseId: string) => ["documents", "of", knowledgeBaseId] as const,
};

const PENDING = ["uploaded", "queued", "processing"] as const;
const POLL = 4_000;

export function useKnowledgeBases(search: string) {
  const query = useInfiniteQuery({
    queryKey: [...keys.knowledgeBases, "pages", search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/knowledge-bases", {
          params: { query: { search: search || undefined, cursor: pageParam, limit: 24 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (flatten(state.data).some((one) => pending(one.documents) > 0) ? POLL : false),
  });
  return { ...query, knowledgeBases: flatten(query.data) };
}

export function pending(documents: Readonly<Record<string, number>>): number {
  return PENDING.reduce((sum, state) => sum + (documents[state] ?? 0), 0);
}

export function useKnowledgeBase(id: string) {
  return useQuery({
    queryKey: keys.knowledgeBase(id),
    queryFn: () =>
      unwrap(api.GET("/api/knowledge-bases/{knowledge_base_id}", { params: { path: { knowledge_base_id: id } } })),
  });
}

/** The knowledge bases that documents can be moved to. */
export function useManaged(enabled: boolean) {
  return useQuery({
    queryKey: [...keys.knowledgeBases, "managed"],
    enabled,
    queryFn: async () => {
      const found: KnowledgeBase[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await unwrap(api.GET("/api/knowledge-bases", { params: { query: { cursor, limit: 200 } } }));
        found.push(...page.items.filter((one) => one.level === "manage"));
        cursor = nextCursor(page);
        if (!cursor) return found;
      }
    },
  });
}

export function useProgress(id: string) {
  return useQuery({
    queryKey: keys.progress(id),
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}/progress", { params: { path: { knowledge_base_id: id } } }),
      ),
    // The stream of changes keeps it fresh from then on.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How many documents there are that one may read, of this moment. */
export function useDocumentCount(id: string): number {
  const { data } = useProgress(id);
  return Object.values(data?.documents ?? {}).reduce((sum, count) => sum + count, 0);
}

export function useDocuments(knowledgeBaseId: string, filter: DocumentFilter, { column, descending }: Sort) {
  const query = useInfiniteQuery({
    queryKey: [...keys.documents(knowledgeBaseId), filter, column, descending],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/documents", {
          params: {
            query: {
              knowledge_base_id: knowledgeBaseId,
              state: (filter.state || undefined) as KnowledgeDocument["state"] | undefined,
              media_type: filter.mediaType || undefined,
              name: filter.name || undefined,
              sort: descending ? `-${column}` : column,
              cursor: pageParam,
              limit: 50,
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, documents: flatten(query.data) };
}

export function useCapabilities() {
  return useQuery({
    queryKey: ["capabilities"],
    queryFn: () => unwrap(api.GET("/api/capabilities")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 60_000 });
}

export function useDepartments() {
  return useQuery({
    queryKey: ["departments"],
    staleTime: 60_000,
    queryFn: async () => {
      const found: { id: string; name: string }[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await unwrap(api.GET("/api/departments", { params: { query: { cursor, limit: 200 } } }));
        found.push(...page.items);
        cursor = nextCursor(page);
        if (!cursor) return found;
      }
    },
  });
}

/** Your right on a knowledge base, and whether you may change its settings and access. */
export function useRight(knowledgeBase: KnowledgeBase): { right: Right; governs: boolean } {
  const me = useMe();
  const right = knowledgeBase.level ?? "govern";
  const administers = me.data?.permissions.includes("knowledge.administer") ?? false;
  return { right, governs: right === "manage" || (administers && !knowledgeBase.personal) };
}
