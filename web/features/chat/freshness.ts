import type { useMessages } from "@/lib/i18n";
import type { useFormats } from "@/lib/i18n/format";

import type { messages } from "./messages";
import type { Citation } from "./types";

/** How fresh a source is: when its document last changed, and when what is cited was read from it. */
export function freshness(
  citation: Citation,
  t: ReturnType<typeof useMessages<keyof typeof messages.en>>,
  formats: ReturnType<typeof useFormats>,
): string[] {
  return [
    citation.modified_at ? t("updated", { when: formats.ago(citation.modified_at) }) : "",
    citation.read_at ? t("readAt", { when: formats.ago(citation.read_at) }) : "",
  ].filter(Boolean);
}
