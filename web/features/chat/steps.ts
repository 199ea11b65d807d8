import type { Step } from "./types";

type Values = Record<string, unknown>;

/** The steps after an event of one, as the server folds them. */
export function foldStep(steps: readonly Step[], event: string, values: Values): readonly Step[] {
  if (event === "tool.called") return [...steps, { ...BEGUN, ...(values as Partial<Step>) }];
  const told = event === "tool.finished" || event === "tool.progress";
  const change = told ? (values as Partial<Step>) : { approval: approvalOf(event, values) };
  return steps.map((step) => (step.id === values.id ? { ...step, ...change } : step));
}

const BEGUN: Step = {
  id: "",
  name: "",
  source: "",
  arguments: {},
  withheld: false,
  found: null,
  documents: [],
  covered: null,
  table: null,
  failed: null,
  refused: false,
  approval: null,
  ms: null,
};

function approvalOf(event: string, values: Values): Step["approval"] {
  if (event === "approval.requested") return "requested";
  if (values.allowed) return "allowed";
  return values.expired ? "expired" : "denied";
}

/** What is being done at this moment, if anything is. */
export function currentStep(steps: readonly Step[]): Step | undefined {
  const last = steps.at(-1);
  return last && last.ms === null ? last : undefined;
}

/** What a step was about, in its own words: what was looked for, counted or read. */
export function subjectOf({ name, source, arguments: given, documents }: Step): string {
  if (source) return JSON.stringify(given);
  if (name === "read_document") return documents[0]?.title ?? "";
  const word =
    given.query ?? given.question ?? given.words ?? given.url ?? given.expression ?? given.name ?? given.knowledge_base;
  return typeof word === "string" ? word : "";
}

/** A tool as people call it: a server's without the server's own name before it. */
export function toolOf({ name, source }: Step): string {
  return source && name.startsWith(`${source}__`) ? name.slice(source.length + 2) : name;
}

export interface Count {
  kind: "searches" | "reads" | "others";
  count: number;
}

/** How often each kind of thing was done, those alone that were. */
export function countSteps(steps: readonly Step[]): Count[] {
  const searches = steps.filter((step) => step.name === "search_knowledge").length;
  const reads = steps.filter((step) => step.name === "read_document").length;
  const counts: Count[] = [
    { kind: "searches", count: searches },
    { kind: "reads", count: reads },
    { kind: "others", count: steps.length - searches - reads },
  ];
  return counts.filter(({ count }) => count > 0);
}
