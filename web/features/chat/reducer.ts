import type { StreamEvent } from "@/lib/stream/events";

import { foldStep } from "./steps";
import type { Citation, Finding, ResearchPart, Step, WebCitation } from "./types";

export type RunState = "running" | "succeeded" | "failed" | "cancelled";

/** An answer while it is being given: the fold of its events. */
export interface LiveRun {
  id: string;
  conversationId: string;
  questionId: string;
  state: RunState;
  text: string;
  citations: readonly Citation[];
  webCitations: readonly WebCitation[];
  /** Whether its sentences stand in what they cite; the first of them while the rest is being said. */
  findings: readonly Finding[];
  support: number | null;
  kind: "extractive" | "generated" | null;
  /** How many knowledge bases and passages it rests on; null before it has searched. */
  searched: { knowledgeBases: number; passages: number; hints?: string[] } | null;
  /** What the model's tools have done so far. */
  steps: readonly Step[];
  /** Ids of the attached files that it waits for. */
  reading: readonly string[];
  /** The parts of a research; null where it is none. */
  research: readonly ResearchPart[] | null;
  messageId: string | null;
  /** Why it failed: the server's word and sentence. */
  failure: { code: string; detail: string } | null;
  /** False while the connection is lost and being tried again. */
  connected: boolean;
}

export const LAST = new Set(["run.succeeded", "run.failed", "run.cancelled"]);

export function begin(id: string, conversationId: string, questionId: string): LiveRun {
  return {
    id,
    conversationId,
    questionId,
    state: "running",
    text: "",
    citations: [],
    webCitations: [],
    findings: [],
    support: null,
    kind: null,
    searched: null,
    steps: [],
    reading: [],
    research: null,
    messageId: null,
    failure: null,
    connected: true,
  };
}

/** The run after an event; events of kinds that are not known change nothing. */
export function apply(run: LiveRun, { event, data }: StreamEvent): LiveRun {
  const values = data as Record<string, unknown>;
  switch (event) {
    case "retrieval.finished":
      return {
        ...run,
        kind: values.kind === "generated" ? "generated" : "extractive",
        searched: {
          knowledgeBases: Number(values.knowledge_bases),
          passages: Number(values.passages),
          ...(Array.isArray(values.hints) && { hints: values.hints as string[] }),
        },
      };
    case "attachments.reading":
      return { ...run, reading: (values.pending as { id: string }[]).map((file) => file.id) };
    case "citation.added":
      return { ...run, citations: [...run.citations, data as Citation] };
    case "web.cited":
      // Of an answer that is withdrawn only the number is told.
      return typeof values.url === "string"
        ? { ...run, webCitations: [...run.webCitations, data as WebCitation] }
        : run;
    case "answer.checked":
      return {
        ...run,
        findings: values.findings as Finding[],
        support: typeof values.support === "number" ? values.support : null,
      };
    case "tool.called":
    case "tool.progress":
    case "tool.finished":
    case "approval.requested":
    case "approval.given":
      return { ...run, steps: foldStep(run.steps, event, values) };
    case "research.planned":
      return { ...run, kind: "generated", research: values.plan as ResearchPart[] };
    case "research.step":
      return {
        ...run,
        research:
          run.research?.map((part, at) => (at + 1 === values.number ? { ...part, ...(values as object) } : part)) ??
          null,
      };
    case "text.delta":
      return { ...run, text: run.text + String(values.text ?? "") };
    case "run.succeeded":
    case "run.failed":
    case "run.cancelled":
      return {
        ...run,
        state: event.slice("run.".length) as RunState,
        messageId: typeof values.message_id === "string" ? values.message_id : null,
        failure:
          event === "run.failed" ? { code: String(values.code ?? ""), detail: String(values.detail ?? "") } : null,
      };
    default:
      return run;
  }
}
