import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "../types";
import { type AttachedFile, filesKey } from "./queries";

/** Of a conversation's files, those that no question has named yet: they go with the next one. */
export function unsentOf(files: readonly AttachedFile[], asked: readonly Message[] | undefined): AttachedFile[] {
  const named = new Set(asked?.flatMap((one) => one.attachments?.map((file) => file.document_id)));
  return files.filter((file) => !named.has(file.id));
}

/** Their ids at this very moment: a file may have arrived since the page was drawn. */
export function unsentFiles(client: QueryClient, conversationId: string | null, asked: readonly Message[] | undefined) {
  const files = conversationId ? client.getQueryData<AttachedFile[]>(filesKey(conversationId)) : undefined;
  return unsentOf(files ?? [], asked).map((file) => file.id);
}

/** Ids of the files that were attached with a question and are still there. */
export function attachedTo(question: Message): string[] {
  return (question.attachments ?? []).flatMap((file) => (file.document_id ? [file.document_id] : []));
}
