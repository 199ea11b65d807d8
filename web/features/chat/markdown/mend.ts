import { mendInline } from "./mend-inline";

const FENCE = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
/** A line that may yet become a list, a heading, a rule or a quotation: its marks alone. */
const ONLY_MARKS = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(?:[-*+=_]+|#{1,6}|\d{1,9}[.)]?|>)?\s*$/;
const DELIMITERS = /^\s*\|?[\s|:-]*$/;
/** Where inline marks begin anew: no emphasis goes on from one of these into the next. */
const UNIT = /^\s*(?:$|>|\||#{1,6}\s|(?:[-*+]|\d{1,9}[.)])\s)/;

/** The fence that stands open after a line, or "". */
function fenceAfter(line: string, open: string): string {
  const [, mark = "", rest = ""] = FENCE.exec(line) ?? [];
  if (!open) return mark;
  return mark.startsWith(open) && !rest.trim() ? "" : open;
}

/** The blocks of a Markdown text, so that those that are finished need not be read again while the last one grows. */
export function blocks(text: string): string[] {
  const found: string[] = [];
  let current: string[] = [];
  let fence = "";
  const lines = text.split("\n");
  for (const [number, line] of lines.entries()) {
    fence = fenceAfter(line, fence);
    current.push(line);
    const next = lines[number + 1];
    // What is indented, or goes on with a list, belongs to what is above the blank line.
    if (!fence && !line.trim() && next !== undefined && !/^(?:\s|[-*+] |\d+[.)] )/.test(next)) {
      found.push(current.join("\n"));
      current = [];
    }
  }
  found.push(current.join("\n"));
  return found.filter((block) => block.trim());
}

/**
 * A block that is still being written, made whole: without this a sentence turns bold, a link unfolds and a fence
 * swallows the page each time a mark is half there. What cannot be told yet is held back until it can.
 */
export function mend(block: string): string {
  const lines = block.split("\n");
  let fence = "";
  let opened = -1;
  let closed = -1;
  for (const [number, line] of lines.entries()) {
    const after = fenceAfter(line, fence);
    if (after && !fence) opened = number;
    if (!after && fence) closed = number;
    fence = after;
  }
  if (fence) return mendCode(lines, opened, fence);
  const from = tableFrom(lines, closed + 1);
  const unit = unitFrom(from, closed + 1);
  const whole = mendInline(from.slice(unit).join("\n"));
  return withoutMarks([...from.slice(0, unit), ...whole.split("\n")]).join("\n");
}

/** Code whose end has not come. Its first line says the language, and counts when it is finished. */
function mendCode(lines: readonly string[], opened: number, fence: string): string {
  if (opened === lines.length - 1) return mend(lines.slice(0, -1).join("\n"));
  const last = lines.at(-1)?.trim() ?? "";
  const isClosing = last !== "" && fence.startsWith(last);
  const indent = /^\s*/.exec(lines[opened] ?? "")?.[0] ?? "";
  return [...(isClosing ? lines.slice(0, -1) : lines), indent + fence].join("\n");
}

/** The lines without a table's head that has no rule below it yet: until then its bars are only bars. */
function tableFrom(lines: readonly string[], from: number): readonly string[] {
  const isWhole = lines.at(-1) === "";
  const end = isWhole ? lines.length - 1 : lines.length;
  let head = end;
  while (head > from && lines[head - 1]?.trimStart().startsWith("|")) head -= 1;
  const isOpen = end - head === 1 || (end - head === 2 && !isWhole && DELIMITERS.test(lines[end - 1] ?? ""));
  return isOpen ? lines.slice(0, head) : lines;
}

function unitFrom(lines: readonly string[], from: number): number {
  let unit = lines.length - (lines.at(-1) === "" ? 2 : 1);
  while (unit > from && !UNIT.test(lines[unit] ?? "")) unit -= 1;
  return Math.max(unit, from);
}

function withoutMarks(lines: readonly string[]): readonly string[] {
  const last = lines.at(-1) ?? "";
  return last.trim() && ONLY_MARKS.test(last) ? lines.slice(0, -1) : lines;
}
