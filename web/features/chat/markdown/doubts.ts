import type { Finding } from "../types";

/** A sentence in doubt, by its place in a block's text; in UTF-16 units, as the browser counts. */
export interface Doubtful {
  from: number;
  to: number;
  finding: Finding;
}

interface Node {
  type: string;
  value?: string;
  children?: Node[];
  position?: { start: { offset?: number }; end: { offset?: number } };
  data?: { hName: string; hProperties: Record<string, string> };
}

const NONE: readonly Doubtful[] = [];

/** Whether two lists mark the same words for the same reasons. */
export function isSame(one: readonly Doubtful[], other: readonly Doubtful[]): boolean {
  const equal = (a: Doubtful, b?: Doubtful) => a.from === b?.from && a.to === b.to && a.finding === b.finding;
  return one === other || (one.length === other.length && one.every((each, number) => equal(each, other[number])));
}

/** What is in doubt of the text's blocks: a list for each. `lead`: units before the text that the server counts from. */
export function doubtsOf(
  text: string,
  blocks: readonly string[],
  findings: readonly Finding[],
  lead = 0,
): (readonly Doubtful[])[] {
  const doubted = findings.filter((one) => one.doubt);
  if (!doubted.length) return blocks.map(() => NONE);
  const units = unitsOf(text, lead);
  let cursor = 0;
  return blocks.map((block) => {
    const begin = text.indexOf(block, cursor);
    cursor = begin + block.length;
    return doubted.flatMap((finding) => {
      const from = (units[finding.start] ?? text.length) - begin;
      const to = (units[finding.end] ?? text.length) - begin;
      return from >= 0 && from < block.length ? [{ from, to: Math.min(to, block.length), finding }] : [];
    });
  });
}

/** Of every code point from `lead` on, and of the end: where it begins. */
function unitsOf(text: string, lead: number): number[] {
  const units: number[] = [];
  let at = lead;
  for (const point of text.slice(lead)) {
    units.push(at);
    at += point.length;
  }
  units.push(at);
  return units;
}

/**
 * Marks the words of sentences in doubt, wherever Markdown has put them; the last piece of each carries the reason. It
 * comes before anything that takes texts apart, since only texts as they were read know their places.
 */
export function remarkDoubts(doubts: readonly Doubtful[]) {
  return (tree: unknown) => {
    if (!doubts.length) return;
    const last = new Map<number, Node>();
    visit(tree as Node, doubts, last);
    for (const node of last.values()) if (node.data) node.data.hProperties["data-last"] = "1";
  };
}

function visit(node: Node, doubts: readonly Doubtful[], last: Map<number, Node>): void {
  node.children = node.children?.flatMap((child) => {
    const isText = child.type === "text" || child.type === "inlineCode";
    if (!isText) visit(child, doubts, last);
    return isText ? pieces(child, doubts, last) : [child];
  });
}

function pieces(node: Node, doubts: readonly Doubtful[], last: Map<number, Node>): Node[] {
  const begin = node.position?.start.offset;
  const end = node.position?.end.offset;
  if (begin === undefined || end === undefined) return [node];
  const value = node.value ?? "";
  // Where escapes or code's own marks stand in between, places within cannot be told: the whole of it then.
  const isExact = node.type === "text" && value.length === end - begin;
  const found: Node[] = [];
  let at = 0;
  for (const [number, { from, to }] of doubts.entries()) {
    const first = isExact ? Math.max(from - begin, at) : at;
    const after = isExact ? Math.min(to - begin, value.length) : value.length;
    if (to <= begin || from >= end || first >= after || !value.slice(first, after).trim()) continue;
    if (first > at) found.push({ type: "text", value: value.slice(at, first) });
    const inside: Node = isExact ? { type: "text", value: value.slice(first, after) } : node;
    const marked: Node = {
      type: "doubt",
      children: [inside],
      data: { hName: "mark", hProperties: { "data-doubt": String(number) } },
    };
    last.set(number, marked);
    found.push(marked);
    at = after;
  }
  if (!found.length) return [node];
  if (at < value.length) found.push({ type: "text", value: value.slice(at) });
  return found;
}
