import type { Span } from "./span";

/** How a stretch of a line looks. */
export interface Look {
  strong?: boolean;
  emphasis?: boolean;
  struck?: boolean;
  code?: boolean;
  /** Where a link leads. It is said, never followed. */
  link?: string;
  /** The words that stand for a picture. Pictures are never fetched. */
  picture?: boolean;
}

/** A stretch of the text that is shown as it stands there. What no run covers is markup, and hidden. */
export interface Run extends Span, Look {}

export interface Heading {
  kind: "heading";
  at: number;
  /** From 1, as the document counts. */
  level: number;
  runs: Run[];
}

export interface Paragraph {
  kind: "paragraph";
  at: number;
  /** Each on a line of its own. */
  lines: Run[][];
}

export interface Item {
  at: number;
  depth: number;
  /** The document's own number or dot; none where the mark is markup. */
  mark: Run | undefined;
  blocks: Block[];
}

export interface List {
  kind: "list";
  at: number;
  items: Item[];
}

export interface Quote {
  kind: "quote";
  at: number;
  blocks: Block[];
}

export interface Code {
  kind: "code";
  at: number;
  /** What stands at its fence. */
  info: Run | undefined;
  lines: Span[];
  /** The number of its first line, where lines are counted. */
  first: number | undefined;
}

export type Align = "left" | "right" | "center";

export interface Row {
  at: number;
  cells: Run[][];
}

export interface Table {
  kind: "table";
  at: number;
  head: Row | undefined;
  rows: Row[];
  columns: number;
  align: Align[];
}

export interface Field {
  at: number;
  name: Run;
  value: Run;
}

export interface Fields {
  kind: "fields";
  at: number;
  fields: Field[];
}

export interface Rule {
  kind: "rule";
  at: number;
}

/** A part of a text as it is shown; `at` is where it begins. */
export type Block = Heading | Paragraph | List | Quote | Code | Table | Fields | Rule;

/** Everything that is shown, in the text's order. */
export function* leaves(blocks: readonly Block[]): Generator<Run> {
  for (const block of blocks) yield* leavesOf(block);
}

function* leavesOf(block: Block): Generator<Run> {
  switch (block.kind) {
    case "heading":
      yield* block.runs;
      break;
    case "paragraph":
      yield* block.lines.flat();
      break;
    case "list":
      for (const item of block.items) {
        if (item.mark) yield item.mark;
        yield* leaves(item.blocks);
      }
      break;
    case "quote":
      yield* leaves(block.blocks);
      break;
    case "code":
      if (block.info) yield block.info;
      yield* block.lines;
      break;
    case "table":
      for (const row of block.head ? [block.head, ...block.rows] : block.rows) yield* row.cells.flat();
      break;
    case "fields":
      for (const field of block.fields) {
        yield field.name;
        yield field.value;
      }
      break;
    case "rule":
      break;
  }
}

/** Where the first character of the mark stands that is shown; null when all of it is markup. */
export function firstShown(blocks: readonly Block[], mark: Span): number | null {
  for (const { start, end } of leaves(blocks)) {
    const first = Math.max(start, mark.start);
    if (first < Math.min(end, mark.end)) return first;
  }
  return null;
}

/** The levels that headings are shown at: as deep as the document's own, without leaving one out. */
export class Levels {
  private readonly open: number[] = [];
  private readonly base: number;

  constructor(base: number) {
    this.base = base;
  }

  next(level: number): 1 | 2 | 3 | 4 | 5 | 6 {
    while (this.open.length > 0 && (this.open.at(-1) ?? 0) >= level) this.open.pop();
    this.open.push(level);
    return Math.min(6, this.base + this.open.length) as 1 | 2 | 3 | 4 | 5 | 6;
  }
}

/** A line, or what is left of one when the marks before it are taken away. */
export type Line = Span;

export function linesOf(text: string, start = 0, end = text.length): Line[] {
  const found: Line[] = [];
  let at = start;
  while (at <= end) {
    const next = text.indexOf("\n", at);
    const stop = next < 0 || next > end ? end : next;
    found.push({ start: at, end: stop });
    at = stop + 1;
  }
  return found;
}

export function isBlank(text: string, line: Line): boolean {
  return text.slice(line.start, line.end).trim() === "";
}

/** Without the spaces at its ends. */
export function trimmed(text: string, { start, end }: Span): Span {
  let first = start;
  let last = end;
  while (first < last && /\s/.test(text[first] ?? "")) first += 1;
  while (last > first && /\s/.test(text[last - 1] ?? "")) last -= 1;
  return { start: first, end: last };
}
