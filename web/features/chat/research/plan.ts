import type { PlanPart } from "./queries";

/** A part while it is being edited; `key` stays its own wherever it is moved. */
export interface Draft extends PlanPart {
  key: number;
}

export const MOST_PARTS = 8;

const stored = (researchId: string) => `nexus-plan-${researchId}`;

/** What stands in the plan of this tab: as it was left, or as the server made it. */
export function readDraft(researchId: string, plan: readonly PlanPart[]): Draft[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(stored(researchId)) ?? "null");
    if (Array.isArray(kept) && kept.length && kept.every(isPart)) return number(kept);
  } catch {
    // What cannot be read is not there.
  }
  return number(plan);
}

export function keepDraft(researchId: string, drafts: readonly Draft[]): void {
  sessionStorage.setItem(
    stored(researchId),
    JSON.stringify(drafts.map(({ heading, question }) => ({ heading, question }))),
  );
}

export function forgetDraft(researchId: string): void {
  sessionStorage.removeItem(stored(researchId));
}

/** The part at `from` where the one at `to` was. */
export function moved(drafts: readonly Draft[], from: number, to: number): Draft[] {
  const rest = drafts.filter((_, at) => at !== from);
  const [one] = drafts.slice(from, from + 1);
  return one ? [...rest.slice(0, to), one, ...rest.slice(to)] : [...drafts];
}

/** What is sent: a part without a heading is called by its question. */
export function toPlan(drafts: readonly Draft[]): PlanPart[] {
  return drafts.map(({ heading, question }) => ({
    heading: heading.trim() || question.trim().slice(0, 80),
    question: question.trim(),
  }));
}

function number(parts: readonly PlanPart[]): Draft[] {
  return parts.map(({ heading, question }, key) => ({ key, heading, question }));
}

function isPart(value: unknown): value is PlanPart {
  const part = value as Partial<PlanPart> | null;
  return typeof part?.heading === "string" && typeof part.question === "string";
}
