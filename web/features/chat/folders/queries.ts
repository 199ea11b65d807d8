import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { keys } from "../queries";

export type Folder = Schemas["FolderOut"];

export const foldersKey = ["conversation-folders"] as const;

/** As many as a person can have come in two pages; the first is enough for a list that people read. */
export function useFolders() {
  return useQuery({
    queryKey: foldersKey,
    queryFn: () => unwrap(api.GET("/api/conversation-folders", { params: { query: { limit: 200 } } })),
    select: (page) => page.items,
  });
}

/** Refreshed with every other list of conversations. */
export function useFolderContent(folderId: string, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.conversations, "folder", folderId],
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/conversations", {
          params: { query: { folder_id: folderId, limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function createFolder(name: string): Promise<Folder> {
  return unwrap(api.POST("/api/conversation-folders", { body: { name } }));
}

export function renameFolder(folderId: string, name: string): Promise<Folder> {
  const params = { path: { folder_id: folderId } };
  return unwrap(api.PATCH("/api/conversation-folders/{folder_id}", { params, body: { name } }));
}

export async function deleteFolder(folderId: string): Promise<void> {
  const params = { path: { folder_id: folderId } };
  await unwrap(api.DELETE("/api/conversation-folders/{folder_id}", { params }));
}

export async function moveConversation(conversationId: string, folderId: string | null): Promise<void> {
  const params = { path: { conversation_id: conversationId } };
  await unwrap(api.PATCH("/api/conversations/{conversation_id}", { params, body: { folder_id: folderId } }));
}
