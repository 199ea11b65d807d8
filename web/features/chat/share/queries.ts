import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type Share = Schemas["ShareOut"];

export const shareKey = (conversationId: string) => ["shares", conversationId] as const;

export function useShares(conversationId: string) {
  return useQuery({
    queryKey: shareKey(conversationId),
    queryFn: () =>
      unwrap(
        api.GET("/api/conversations/{conversation_id}/shares", {
          params: { path: { conversation_id: conversationId }, query: { limit: 50 } },
        }),
      ),
    select: (page) => page.items,
  });
}

export function createShare(conversationId: string, expiresAt: string | null): Promise<Share> {
  const params = { path: { conversation_id: conversationId } };
  const body = expiresAt ? { expires_at: expiresAt } : {};
  return unwrap(api.POST("/api/conversations/{conversation_id}/shares", { params, body }));
}

export async function endShare(shareId: string): Promise<void> {
  await unwrap(api.DELETE("/api/shares/{share_id}", { params: { path: { share_id: shareId } } }));
}

export function useShared(sharedId: string) {
  return useQuery({
    queryKey: ["shared", sharedId],
    retry: false,
    queryFn: () => unwrap(api.GET("/api/shared/{shared_id}", { params: { path: { shared_id: sharedId } } })),
  });
}

export function useSharedMessages(sharedId: string, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["shared", sharedId, "messages"],
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/shared/{shared_id}/messages", {
          params: { path: { shared_id: sharedId }, query: { limit: 100, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function continueShared(sharedId: string): Promise<Schemas["ConversationOut"]> {
  return unwrap(api.POST("/api/shared/{shared_id}/continue", { params: { path: { shared_id: sharedId } } }));
}
