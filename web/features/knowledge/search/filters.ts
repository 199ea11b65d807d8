import type { Schemas } from "@/lib/api/client";

export interface SearchValues {
  query: string;
  mediaType: string;
  /** Days as the browser's date field writes them, `2026-01-31`; empty for no bound. */
  from: string;
  to: string;
}

/** What the server is asked. The last day counts whole, in the person's own time. */
export function toRequest(knowledgeBaseId: string, values: SearchValues): Schemas["SearchIn"] {
  return {
    query: values.query,
    limit: 20,
    scope: {
      knowledge_base_ids: [knowledgeBaseId],
      media_types: values.mediaType ? [values.mediaType] : null,
      modified_from: values.from ? startOf(values.from, 0) : null,
      modified_before: values.to ? startOf(values.to, 1) : null,
    },
  };
}

function startOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
