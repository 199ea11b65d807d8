import type { Block, Line, Row, Run } from "./blocks";
import { trimmed } from "./blocks";
import type { Span } from "./span";

const NUMBER = /^[(+-]?\s*[$€£¥]?\s*[+-]?\d[\d.,' ]*\s*(?:%|[a-zA-Z°]{1,3}|[$€£¥])?\)?$/;
const DATE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?$/;
const YEAR = /^(?:19|20)\d\d$/;
const LONGEST_NAME = 120;
const LONGEST_NUMBER = 40;

/** The cells of `a | b | c`, as rows of tables are stored: what stands between bars with a space on both sides. */
export function barCells(text: string, line: Line): Span[] {
  const cells: Span[] = [];
  let from = line.start;
  for (let at = line.start; at < line.end; at += 1) {
    const opens = at === line.start || text[at - 1] === " ";
    const closes = at + 1 === line.end || text[at + 1] === " ";
    if (text[at] !== "|" || !opens || !closes) continue;
    cells.push(trimmed(text, { start: from, end: at }));
    from = at + 1;
  }
  cells.push(trimmed(text, { start: from, end: line.end }));
  return cells;
}

export function tabCells(text: string, line: Line): Span[] {
  const cells: Span[] = [];
  let from = line.start;
  for (let at = line.start; at <= line.end; at += 1) {
    if (at < line.end && text[at] !== "\t") continue;
    cells.push(trimmed(text, { start: from, end: at }));
    from = at + 1;
  }
  return cells;
}

/** Whether a cell holds a number, an amount or a date. */
export function isNumber(cell: string): boolean {
  return cell.length <= LONGEST_NUMBER && (NUMBER.test(cell) || DATE.test(cell));
}

/** Whether the first row names the columns, as the server decides it: short, distinct names where values follow. */
export function beginsWithHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return false;
  const named = first.filter(Boolean);
  const width = Math.max(...rest.slice(0, 49).map((row) => row.filter(Boolean).length));
  if (named.length < 2 || named.length < width - 1 || new Set(named).size < named.length) return false;
  if (named.some((name) => name.length > LONGEST_NAME)) return false;
  return named.filter((name) => isNumber(name) && !YEAR.test(name)).length * 4 < named.length;
}

/** `isWhole`: it begins here; what goes on from an earlier slice has no header here. */
export function tableOf(text: string, lines: readonly Line[], split: Split, isWhole: boolean): Block {
  const rows = lines.map((line): Row => ({ at: line.start, cells: split(text, line).map((cell) => run(cell)) }));
  const texts = rows
    .slice(0, 50)
    .map((row) => row.cells.map((cell) => cell.map((r) => text.slice(r.start, r.end))[0] ?? ""));
  const hasHead = isWhole && beginsWithHeader(texts);
  const columns = Math.max(...rows.map((row) => row.cells.length));
  const body = hasHead ? rows.slice(1) : rows;
  const align = Array.from({ length: columns }, (_, column) => {
    const cells = (hasHead ? texts.slice(1) : texts).map((row) => row[column] ?? "").filter(Boolean);
    return cells.length > 0 && cells.every(isNumber) ? ("right" as const) : ("left" as const);
  });
  return { kind: "table", at: lines[0]?.start ?? 0, head: hasHead ? rows[0] : undefined, rows: body, columns, align };
}

export type Split = (text: string, line: Line) => Span[];

function run(cell: Span): Run[] {
  return cell.end > cell.start ? [cell] : [];
}
