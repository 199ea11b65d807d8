import type { KnowledgeDocument } from "../types";
import type { DocumentsKey } from "./messages";

/** Where a document is on its way: uploaded, read, embedded, searchable. */
export function stepOf({ state, stage }: Pick<KnowledgeDocument, "state" | "stage">): number {
  if (state === "ready") return 4;
  if (state !== "processing") return 1;
  return stage === "embed" || stage === "index" ? 3 : 2;
}

/** Whether text in pictures of pages is still being recognised, though other pages may be searchable. */
export function isRecognising({
  state,
  pages_recognised,
  pages_to_recognise,
}: Pick<KnowledgeDocument, "state" | "pages_recognised" | "pages_to_recognise">): boolean {
  return state !== "failed" && pages_recognised < pages_to_recognise;
}

export function stateKey({ state, stage }: Pick<KnowledgeDocument, "state" | "stage">): DocumentsKey {
  switch (state) {
    case "uploaded":
      return "stateUploaded";
    case "queued":
      return "stateQueued";
    case "ready":
      return "stateReady";
    case "failed":
      return "stateFailed";
    default:
      if (stage === "scan") return "stageScan";
      if (stage === "parse") return "stageParse";
      if (stage === "recognise") return "stageRecognise";
      if (stage === "embed") return "stageEmbed";
      return stage === "index" ? "stageIndex" : "stageBegin";
  }
}
