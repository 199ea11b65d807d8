import { type Block, type Field, type Item, isBlank, type Line, linesOf, type Run, trimmed } from "./blocks";
import type { Span } from "./span";
import { barCells, tabCells, tableOf } from "./tables";

/** What kind of file the text was read from, as far as it matters here. */
export type Source = "office" | "pages" | "sheet" | "mail" | "data" | "plain";

const ITEM = /^([ \t]*)([-*+•‣◦▪–]|\(?(?:\d{1,3}|[A-Za-z]|[ivxlc]{1,6})[.)]|\d{1,3}(?:\.\d{1,3}){1,4}\.?)[ \t]+(?=\S)/;
const FIELD = /^([^\s:|][^:|]{0,60}?):[ \t]+(?=\S)/;
const MAIL_FIELD = /^(?:From|To|Cc|Date|Attachments): /;
const CODE = /[{};=<>]|\)$|^\s*(?:def|class|return|if|for|import|from|function|const|let)\b/;
const PAGE = /\b(?:page|seite) \d+$/i;
const HEADING_LENGTH = 100;
/** As long are lines that a writer's program has broken. */
const FULL = 58;
/** From this part of a column's width on a line is full. */
const COLUMN = 0.7;

/** Text whose parts are parted by a blank line, and whose rows and items stand on a line each, as it is stored. */
export function writtenBlocks(text: string, source: Source, isStart: boolean): Block[] {
  const parts = partsOf(text);
  const tables = parts.map((lines) => isTable(text, lines, source));
  const headings = parts.map((lines, number) => isHeading(text, lines, parts[number + 1], source));
  // What stands between a heading and a table is the table's title.
  const captions = headings.map((is, number) => is && headings[number - 1] === true && tables[number + 1] === true);
  return parts.map((lines, number): Block => {
    const isFirst = isStart && number === 0;
    const at = lines[0]?.start ?? 0;
    if (source === "mail" && isStart && number < 2 && lines.every((line) => MAIL_FIELD.test(of(text, line)))) {
      return fields(text, lines);
    }
    if (tables[number]) return tableOf(text, lines, barCells, isStart || number > 0);
    if (source === "plain" && isTabbed(text, lines)) return tableOf(text, lines, tabCells, isStart || number > 0);
    if (source === "data" && lines.every((line) => FIELD.test(of(text, line)))) return fields(text, lines);
    if ((headings[number] && !captions[number]) || (isFirst && source === "mail" && lines.length === 1)) {
      return { kind: "heading", at, level: isFirst ? 1 : 2, runs: [trimmed(text, lines[0] as Line)] };
    }
    if (isLaidOut(text, lines, source)) return { kind: "code", at, info: undefined, lines, first: undefined };
    if (ITEM.test(of(text, lines[0]))) return list(text, lines);
    return { kind: "paragraph", at, lines: flowing(text, lines, source) };
  });
}

/** Program text: every line as it stands. `first` is the number of the first one. */
export function codeBlocks(text: string, first: number | undefined): Block[] {
  const lines = linesOf(text);
  if (lines.length > 1 && lines.at(-1)?.start === text.length) lines.pop();
  return [{ kind: "code", at: 0, info: undefined, lines, first }];
}

function partsOf(text: string): Line[][] {
  const parts: Line[][] = [];
  let open = false;
  for (const line of linesOf(text)) {
    if (isBlank(text, line)) open = false;
    else if (open) parts.at(-1)?.push(line);
    else {
      parts.push([line]);
      open = true;
    }
  }
  return parts;
}

function of(text: string, line: Line | undefined): string {
  return line ? text.slice(line.start, line.end) : "";
}

/** Headings are stored as lines of their own, so they are known by how they read, and by what they stand above. */
function isHeading(text: string, lines: Line[], next: Line[] | undefined, source: Source): boolean {
  const words = of(text, lines[0]).trim();
  if (lines.length > 1 || words.length > HEADING_LENGTH || !next || source === "mail") return false;
  if (source === "plain") return /\p{Lu}{3}/u.test(words) && words === words.toUpperCase();
  if (/ \| |^Notes: /.test(words) || !/^[\p{L}\p{N}§("„“«]/u.test(words)) return false;
  // Not a line that goes on below, nor what is printed on every page.
  if (source === "pages" && (/^\p{Ll}/u.test(of(text, next[0]).trim()) || PAGE.test(words))) return false;
  return !/[.!?:;,…。！？：]$|,.*,/.test(words);
}

function isTable(text: string, lines: Line[], source: Source): boolean {
  const barred = lines.filter((line) => barCells(text, line).length > 1).length;
  if (source === "sheet") return barred > 0;
  return lines.length > 1 && barred * 2 > lines.length && barCells(text, lines[0] as Line).length > 1;
}

function isTabbed(text: string, lines: Line[]): boolean {
  const widths = lines.map((line) => tabCells(text, line).length);
  return lines.length > 1 && (widths[0] ?? 0) > 1 && widths.every((width) => width === widths[0]);
}

/** Whether the spaces in it mean something: a listing, columns set with spaces, a drawing. */
function isLaidOut(text: string, lines: Line[], source: Source): boolean {
  const texts = lines.map((line) => of(text, line));
  if (source !== "plain") {
    const indented = texts.some((line) => /^\s{2,}\S/.test(line) && !ITEM.test(line));
    return lines.length > 1 && indented && texts.filter((line) => CODE.test(line)).length * 3 >= lines.length;
  }
  const spaced = texts.filter((line) => /\S(?: {3,}|\t+)\S|[─-╿]|[-=+]{3,}\+/.test(line)).length;
  return spaced * 2 >= lines.length && lines.length > 1;
}

function list(text: string, lines: Line[]): Block {
  const items: Item[] = [];
  const margins = [0];
  for (const [number, line] of lines.entries()) {
    const match = ITEM.exec(of(text, line));
    const previous = items.at(-1);
    const own = trimmed(text, line);
    const above = lines[number - 1];
    if (!match && previous && above && (own.start > line.start || isFull(above, FULL))) {
      const block = previous.blocks[0];
      if (block?.kind === "paragraph") goOn(block.lines, above, own, FULL);
      continue;
    }
    const margin = match?.[1]?.length ?? own.start - line.start;
    while (margins.length > 1 && (margins.at(-1) ?? 0) > margin) margins.pop();
    if (margin > (margins.at(-1) ?? 0)) margins.push(margin);
    const mark = match ? { start: own.start, end: own.start + (match[2]?.length ?? 0) } : undefined;
    const rest: Span = match ? { start: line.start + match[0].length, end: own.end } : own;
    items.push({
      at: line.start,
      depth: margins.length - 1,
      mark,
      blocks: [{ kind: "paragraph", at: rest.start, lines: [[rest]] }],
    });
  }
  return { kind: "list", at: lines[0]?.start ?? 0, items };
}

/** Lines that were broken because they were full are one; the others end where they are shown, too. */
function flowing(text: string, lines: Line[], source: Source): Run[][] {
  // On a page of columns the lines are short.
  const widest = Math.max(...lines.map((line) => line.end - line.start));
  const full = source === "pages" ? Math.min(FULL, widest * COLUMN) : FULL;
  const found: Run[][] = [];
  for (const [number, line] of lines.entries()) {
    const above = lines[number - 1];
    if (above) goOn(found, above, trimmed(text, line), full);
    else found.push([trimmed(text, line)]);
  }
  return found;
}

function goOn(found: Run[][], above: Line, own: Span, full: number): void {
  const last = found.at(-1);
  const before = last?.at(-1);
  // The break between them is shown as the space that it is.
  if (!isFull(above, full) || !last) found.push([own]);
  else if (before && before.end === above.end && own.start === above.end + 1) before.end = own.end;
  else last.push({ start: above.end, end: above.end + 1 }, own);
}

function isFull(line: Line, full: number): boolean {
  return line.end - line.start >= full;
}

function fields(text: string, lines: Line[]): Block {
  const found = lines.map((line): Field => {
    const name = FIELD.exec(of(text, line));
    const length = name?.[1]?.length ?? 0;
    const start = line.start + (name?.[0].length ?? 0);
    return { at: line.start, name: run(line.start, line.start + length), value: run(start, line.end) };
  });
  return { kind: "fields", at: lines[0]?.start ?? 0, fields: found };
}

function run(start: number, end: number): Run {
  return { start, end };
}
