import type { LucideIcon } from "lucide-react";

export interface Entry {
  id: string;
  icon: LucideIcon;
  label: string;
  /** Shown instead of the label, part by part: what was looked for is marked. */
  parts?: readonly { text: string; marked: boolean }[];
  /** When it was last used, or where it stands. */
  note?: string;
  run: () => void;
}

export interface Group {
  id: string;
  title: string;
  entries: readonly Entry[];
}

/** What fits the query: every word of it begins a word of the label. */
export function fits(label: string, query: string): boolean {
  const words = fold(label).split(/[^\p{L}\p{N}]+/u);
  return fold(query)
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)));
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The entry that an arrow key leads to. */
export function step(key: string, current: number, count: number): number | null {
  if (count === 0) return null;
  if (key === "ArrowDown") return (current + 1) % count;
  if (key === "ArrowUp") return (current - 1 + count) % count;
  if (key === "PageDown") return Math.min(count - 1, current + 8);
  return key === "PageUp" ? Math.max(0, current - 8) : null;
}
