import { readProblem } from "@/lib/api/problem";
import { authorizedFetch } from "@/lib/session";

import type { KnowledgeDocument } from "../types";

/** What can be done with documents; `delete` and `move` ask first. */
export interface DocumentActions {
  delete: (documents: KnowledgeDocument[]) => void;
  move: (documents: KnowledgeDocument[]) => void;
  reprocess: (documents: KnowledgeDocument[]) => void;
  download: (document: KnowledgeDocument) => void;
}

/** Saves the original as a file. A link alone could not say who is asking. Throws Problem. */
export async function download({ id, name }: KnowledgeDocument): Promise<void> {
  const response = await authorizedFetch(`/api/documents/${id}/original`);
  if (!response.ok) throw await readProblem(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The folder a document is in; empty at the top. */
export function folderOf({ path, name }: Pick<KnowledgeDocument, "path" | "name">): string {
  return path.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : "";
}
