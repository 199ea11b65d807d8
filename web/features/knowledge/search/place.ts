import type { Place } from "@/lib/panel";

import type { Hit } from "../types";

/** Where the document's panel opens for a hit. */
export function placeOf(hit: Hit): Place {
  return {
    documentId: hit.document_id,
    versionId: hit.version_id,
    start: hit.start,
    end: hit.end,
    page: hit.page,
    quote: hit.text,
    name: hit.document_name,
  };
}
