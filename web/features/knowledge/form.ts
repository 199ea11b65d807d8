import type { Chunking, KnowledgeBase } from "./types";

/** What the form of a knowledge base holds; numbers as they were typed. */
export interface FormValues {
  name: string;
  description: string;
  departmentId: string;
  strategy: Chunking["strategy"];
  target: string;
  overlap: string;
  keepOriginals: boolean;
  /** Former versions that are kept; empty: as the company says. */
  kept: string;
}

export type FormErrors = Partial<Record<"name" | "target" | "overlap" | "kept", true>>;

export const FRESH: FormValues = {
  name: "",
  description: "",
  departmentId: "",
  strategy: "heading",
  target: "",
  overlap: "0",
  keepOriginals: true,
  kept: "",
};

export function toForm(knowledgeBase: KnowledgeBase): FormValues {
  const { chunking } = knowledgeBase;
  return {
    name: knowledgeBase.name,
    description: knowledgeBase.description,
    departmentId: knowledgeBase.department_id ?? "",
    strategy: chunking.strategy,
    target: chunking.target_tokens == null ? "" : String(chunking.target_tokens),
    overlap: String(chunking.overlap_tokens),
    keepOriginals: knowledgeBase.keep_originals,
    kept: knowledgeBase.kept_versions == null ? "" : String(knowledgeBase.kept_versions),
  };
}

export function check(values: FormValues): FormErrors {
  const errors: FormErrors = {};
  if (!values.name.trim()) errors.name = true;
  if (values.target.trim() && !isWhole(values.target, 32, 240)) errors.target = true;
  if (values.strategy === "fixed" && !isWhole(values.overlap, 0, 64)) errors.overlap = true;
  if (values.kept.trim() && !isWhole(values.kept, 0, 1000)) errors.kept = true;
  return errors;
}

export function chunkingOf(values: FormValues): Chunking {
  return {
    strategy: values.strategy,
    target_tokens: values.target.trim() ? Number(values.target) : null,
    overlap_tokens: values.strategy === "fixed" ? Number(values.overlap) : 0,
  };
}

export function sameChunking(one: Chunking, other: Chunking): boolean {
  return (
    one.strategy === other.strategy &&
    (one.target_tokens ?? null) === (other.target_tokens ?? null) &&
    one.overlap_tokens === other.overlap_tokens
  );
}

function isWhole(typed: string, least: number, most: number): boolean {
  const value = Number(typed);
  return typed.trim() !== "" && Number.isInteger(value) && value >= least && value <= most;
}
