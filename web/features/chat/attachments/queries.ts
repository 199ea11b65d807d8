import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, type Schemas, unwrap } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import { readEvents } from "@/lib/stream/events";

import { forgetBegun, useBegun } from "./begun";

export type AttachedFile = Schemas["DocumentOut"];

const NONE: readonly AttachedFile[] = [];

export const filesKey = (conversationId: string) => ["attachments", conversationId] as const;

export function isOnTheWay(file: AttachedFile): boolean {
  return file.state !== "ready" && file.state !== "failed";
}

/** The files of a conversation, followed as long as any of them is being read. */
export function useFiles(conversationId: string | null): readonly AttachedFile[] {
  const client = useQueryClient();
  const id = conversationId ?? "";
  const files = useQuery({
    queryKey: filesKey(id),
    enabled: conversationId !== null,
    retry: (count, problem) => !(problem instanceof Problem && problem.status < 500) && count < 2,
    queryFn: async () => {
      const params = { path: { conversation_id: id }, query: { limit: 50 } };
      const page = await unwrap(api.GET("/api/conversations/{conversation_id}/attachments", { params }));
      return page.items as AttachedFile[];
    },
  });
  const gone = files.error instanceof Problem && files.error.status === 404;
  useEffect(() => {
    // Begun too long ago, or by somebody who used this tab before.
    if (gone && useBegun.getState().id === id) forgetBegun();
  }, [gone, id]);
  const follow = files.data?.some(isOnTheWay) ?? false;
  useEffect(() => {
    if (!follow) return;
    const stop = new AbortController();
    readEvents(`/api/conversations/${id}/attachments/changes`, {
      signal: stop.signal,
      onEvent: ({ data }) => client.setQueryData(filesKey(id), (data as { items: AttachedFile[] }).items),
    }).catch(() => undefined);
    return () => stop.abort();
  }, [client, follow, id]);
  return files.data ?? NONE;
}

export function keepFile(client: QueryClient, conversationId: string, file: AttachedFile): void {
  client.setQueryData<AttachedFile[]>(filesKey(conversationId), (before = []) => [
    ...before.filter((one) => one.id !== file.id),
    file,
  ]);
}

export async function removeFile(client: QueryClient, conversationId: string, documentId: string): Promise<void> {
  const params = { path: { conversation_id: conversationId, attachment_id: documentId } };
  await unwrap(api.DELETE("/api/conversations/{conversation_id}/attachments/{attachment_id}", { params }));
  client.setQueryData<AttachedFile[]>(filesKey(conversationId), (before = []) =>
    before.filter((one) => one.id !== documentId),
  );
  await client.invalidateQueries({ queryKey: ["messages", conversationId] });
}

export async function readAgain(client: QueryClient, conversationId: string, documentId: string): Promise<void> {
  const params = { path: { conversation_id: conversationId, attachment_id: documentId } };
  const file = await unwrap(
    api.POST("/api/conversations/{conversation_id}/attachments/{attachment_id}/retry", { params }),
  );
  keepFile(client, conversationId, file as AttachedFile);
}

/** Whoever asked waits for attached files no longer. */
export async function answerNow(runId: string): Promise<void> {
  await unwrap(api.POST("/api/runs/{run_id}/answer-now", { params: { path: { run_id: runId } } }));
}
