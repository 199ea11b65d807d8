import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { documentQuery } from "../queries";

export type Version = Schemas["VersionOut"];

/** Whether the person manages the knowledge base. The server decides; this spares people refusals. */
export function useManages(document: Schemas["DocumentDetail"]): boolean {
  const query = useQuery({
    queryKey: ["knowledge-bases", "level", document.knowledge_base_id],
    enabled: !document.attached,
    queryFn: () =>
      unwrap(
        api.GET("/api/knowledge-bases/{knowledge_base_id}", {
          params: { path: { knowledge_base_id: document.knowledge_base_id } },
        }),
      ),
  });
  return query.data?.level === "manage";
}

export function useChanges(documentId: string, from: string, to: string) {
  return useInfiniteQuery({
    queryKey: ["documents", "changes", documentId, from, to],
    enabled: from !== to,
    staleTime: Number.POSITIVE_INFINITY,
    initialPageParam: 0,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/documents/{document_id}/versions/{version_id}/changes", {
          params: {
            path: { document_id: documentId, version_id: to },
            query: { former_version_id: from, first: pageParam, limit: 20 },
          },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Brings a version back, or removes it. */
export function useVersionAct(documentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ act, versionId }: { act: "restore" | "remove"; versionId: string }) => {
      const params = { path: { document_id: documentId, version_id: versionId } };
      if (act === "restore")
        await unwrap(api.POST("/api/documents/{document_id}/versions/{version_id}/restore", { params }));
      else await unwrap(api.DELETE("/api/documents/{document_id}/versions/{version_id}", { params }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: documentQuery(documentId).queryKey }),
  });
}
