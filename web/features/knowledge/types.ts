import type { Schemas } from "@/lib/api/client";

export type KnowledgeBase = Schemas["KnowledgeBaseOut"];
export type KnowledgeDocument = Schemas["DocumentOut"];
export type Progress = Schemas["ProgressOut"];
export type Chunking = Schemas["Chunking"];
export type Grant = Schemas["GrantOut"];
export type Hit = Schemas["HitOut"];

/** Your right on a knowledge base; `govern` is settings and access without reading. */
export type Right = "manage" | "read" | "govern";

export const SORTS = ["name", "state", "pages", "chunks", "size", "updated"] as const;
export type SortColumn = (typeof SORTS)[number];
export interface Sort {
  column: SortColumn;
  descending: boolean;
}

export const STATES = ["queued", "processing", "ready", "failed"] as const;

export interface DocumentFilter {
  name: string;
  state: string;
  mediaType: string;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
