import type { Schemas } from "@/lib/api/client";

export type Conversation = Schemas["ConversationOut"];
export type Run = Schemas["RunOut"];
export type Citation = Schemas["CitationOut"];
/** A page of the public web: no document, and kept apart from them. */
export type WebCitation = Schemas["WebCitationOut"];
/** What was found of one sentence of an answer. */
export type Finding = Schemas["FindingOut"];
export type Feedback = Schemas["FeedbackOut"];
export type Step = Schemas["StepOut"];
/** A part of a research, and how far it has come. */
export type ResearchPart = Schemas["PartOut"];
export type Message = Schemas["MessageOut"];

/** A message whose branch is chosen, and where it stands among the others that answer or ask the same. */
export interface Shown {
  message: Message;
  /** All that hang below the same parent, oldest first; this one among them. */
  siblings: readonly Message[];
}
