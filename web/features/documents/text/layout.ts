import { type Block, firstShown, Levels } from "./blocks";
import type { Format } from "./read";
import { read } from "./read";
import type { Joined } from "./slices";
import type { Span } from "./span";

/** A page, slide or sheet with what stands on it; the first group may be of none. */
export interface Group {
  page: { number: number; label: string; at: number } | null;
  blocks: Block[];
}

export interface Layout {
  groups: Group[];
  mark: Span;
  first: number | null;
  /** Pages that begin inside of a part, by the unit. */
  breaks: Map<number, Group["page"]>;
  numbers: Map<Block, number>;
  levels: Map<Block, ReturnType<Levels["next"]>>;
  /** A table that began before what is shown. */
  continued: Extract<Block, { kind: "table" }> | null;
}

/** The level of the heading over the whole text. */
const BASE = 2;

/** What of a text is shown, in which order and under which headings. `isTitled`: pages are headings. */
export function layout(text: Joined, format: Format, isTitled: boolean, start: number, end: number): Layout {
  const { slice } = text;
  const blocks = read(slice.text, format, text.isWhole, slice.from === 0 ? 1 : undefined);
  const mark = slice.span(start, end);
  const [first] = blocks;
  const { groups, breaks } = grouped(text, blocks);
  const numbers = new Map<Block, number>();
  count(blocks, numbers, { table: 0, code: 0 });
  const levels: Layout["levels"] = new Map();
  let under = new Levels(BASE);
  for (const group of groups) {
    if (isTitled && group.page) under = new Levels(BASE + 1);
    outline(group.blocks, levels, under);
  }
  return {
    groups,
    mark,
    first: firstShown(blocks, mark),
    breaks,
    numbers,
    levels,
    continued: first?.kind === "table" && !first.head && !text.isWhole ? first : null,
  };
}

function grouped({ slice, pages }: Joined, blocks: readonly Block[]) {
  const waiting = pages
    .filter((page) => page.end > slice.from || page.start === page.end)
    .map(({ number, label, start }) => ({ number, label, at: slice.unit(start) }));
  const groups: Group[] = [{ page: null, blocks: [] }];
  const breaks: Layout["breaks"] = new Map();
  for (const [number, block] of blocks.entries()) {
    while (waiting[0] && waiting[0].at <= block.at) groups.push({ page: waiting.shift() ?? null, blocks: [] });
    groups.at(-1)?.blocks.push(block);
    const until = blocks[number + 1]?.at ?? slice.text.length;
    // Only space is left of it: that page begins below.
    while (waiting[0] && slice.text.slice(waiting[0].at, until).trim() !== "") {
      const page = waiting.shift();
      if (page) breaks.set(page.at, page);
    }
  }
  for (const page of waiting) if (page.at < slice.text.length) groups.push({ page, blocks: [] });
  return { groups: groups.filter((group) => group.page || group.blocks.length > 0), breaks };
}

function outline(blocks: readonly Block[], levels: Layout["levels"], under: Levels): void {
  for (const block of blocks) {
    if (block.kind === "heading") levels.set(block, under.next(block.level));
    if (block.kind === "quote") outline(block.blocks, levels, under);
    if (block.kind === "list") for (const item of block.items) outline(item.blocks, levels, under);
  }
}

function count(blocks: readonly Block[], numbers: Map<Block, number>, counts: { table: number; code: number }): void {
  for (const block of blocks) {
    if (block.kind === "table" || block.kind === "code") {
      counts[block.kind] += 1;
      numbers.set(block, counts[block.kind]);
    }
    if (block.kind === "quote") count(block.blocks, numbers, counts);
    if (block.kind === "list") for (const item of block.items) count(item.blocks, numbers, counts);
  }
}
