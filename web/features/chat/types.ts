import type { Schemas } from "@/lib/api/client";

export type Conversation = Schemas["ConversationOut"] & { pinned?: boolean; active_run_id?: string | null };
export type Run = Schemas["RunOut"];
export type Citation = Schemas["CitationOut"];
export type Feedback = { rating: "up" | "down"; comment?: string | null };
export type Message = Schemas["MessageOut"] & { open_run?: Run | null; feedback?: Feedback | null };

/** A message whose branch is chosen, and where it stands among the others that answer or ask the same. */
export interface Shown {
  message: Message;
  /** All that hang below the same parent, oldest first; this one among them. */
  siblings: readonly Message[];
}
