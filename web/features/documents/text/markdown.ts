import { type Align, type Block, type Item, isBlank, type Line, linesOf, type Row, trimmed } from "./blocks";
import { inline } from "./inline";
import type { Span } from "./span";

const ATX = /^ {0,3}(#{1,6})(?=[ \t]|$)[ \t]*/;
const ATX_END = /(?:^|[ \t])#+[ \t]*$/;
const ANCHOR = /[ \t]*\{#[^}\s]*\}[ \t]*$/;
const SETEXT = /^ {0,3}(=+|-{2,})[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const DELIMITERS = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+|$)/;
const QUOTE = /^ {0,3}> ?/;
const INDENTED = /^(?: {4}|\t)/;
const DEEPEST = 12;

/** Markdown as it is read. What is hidden is markup alone; a picture is its words, HTML is text. */
export function markdownBlocks(text: string): Block[] {
  return new Scanner(text, linesOf(text), 0).blocks();
}

/** One pass over lines; the lines inside of quotes and items are what is left of them without their marks. */
class Scanner {
  private readonly text: string;
  private readonly lines: readonly Line[];
  private readonly depth: number;
  private at = 0;

  constructor(text: string, lines: readonly Line[], depth: number) {
    this.text = text;
    this.lines = lines;
    this.depth = depth;
  }

  blocks(): Block[] {
    const found: Block[] = [];
    for (let line = this.line(); line; line = this.line()) {
      const block = this.block(line, this.of(line));
      if (block) found.push(block);
    }
    return found;
  }

  private line(ahead = 0): Line | undefined {
    return this.lines[this.at + ahead];
  }

  private of(line: Line | undefined): string {
    return line ? this.text.slice(line.start, line.end) : "";
  }

  private block(line: Line, text: string): Block | null {
    if (!text.trim()) {
      this.at += 1;
      return null;
    }
    if (RULE.test(text)) {
      this.at += 1;
      return { kind: "rule", at: line.start };
    }
    const atx = ATX.exec(text);
    if (atx) return this.heading(line, text, atx);
    const fence = FENCE.exec(text);
    if (fence) return this.fenced(line, fence);
    if (this.isTable()) return this.table();
    if (this.depth < DEEPEST && QUOTE.test(text)) return this.quote(line);
    if (this.depth < DEEPEST && ITEM.test(text)) return this.list(line);
    if (INDENTED.test(text)) return this.indented(line);
    return this.paragraph(line);
  }

  private heading(line: Line, text: string, match: RegExpExecArray): Block {
    this.at += 1;
    const start = match[0].length;
    let rest = text.slice(start);
    for (const end of [ATX_END, ANCHOR, ATX_END]) rest = rest.replace(end, "");
    const span = { start: line.start + start, end: line.start + start + rest.length };
    return {
      kind: "heading",
      at: line.start,
      level: match[1]?.length ?? 1,
      runs: inline(this.text, [trimmed(this.text, span)]),
    };
  }

  private fenced(line: Line, match: RegExpExecArray): Block {
    const fence = match[1] ?? "```";
    const closing = new RegExp(`^ {0,3}${fence[0] === "~" ? "~" : "`"}{${fence.length},}[ \\t]*$`);
    const info = trimmed(this.text, { start: line.start + match[0].length - (match[2]?.length ?? 0), end: line.end });
    this.at += 1;
    const lines: Span[] = [];
    for (let next = this.line(); next; next = this.line()) {
      this.at += 1;
      if (closing.test(this.of(next))) break;
      lines.push(next);
    }
    return {
      kind: "code",
      at: line.start,
      info: info.end > info.start ? info : undefined,
      lines,
      first: undefined,
    };
  }

  private indented(line: Line): Block {
    const lines: Span[] = [];
    for (let next = this.line(); next; next = this.line()) {
      const match = INDENTED.exec(this.of(next));
      if (!match && !isBlank(this.text, next)) break;
      lines.push(match ? { start: next.start + match[0].length, end: next.end } : next);
      this.at += 1;
    }
    while (lines.length > 1 && isBlank(this.text, lines.at(-1) ?? line)) lines.pop();
    return { kind: "code", at: line.start, info: undefined, lines, first: undefined };
  }

  private isTable(): boolean {
    const delimiters = this.of(this.line(1));
    return this.of(this.line()).includes("|") && delimiters.includes("|") && DELIMITERS.test(delimiters);
  }

  private table(): Block {
    const [head, delimiters] = [this.line(), this.line(1)];
    const align = this.cells(delimiters ?? { start: 0, end: 0 }).map((cell): Align => {
      const dashes = this.text.slice(cell.start, cell.end);
      if (!dashes.endsWith(":")) return "left";
      return dashes.startsWith(":") ? "center" : "right";
    });
    this.at += 2;
    const rows: Row[] = [];
    for (let next = this.line(); next; next = this.line()) {
      if (isBlank(this.text, next) || !this.of(next).includes("|")) break;
      rows.push(this.row(next));
      this.at += 1;
    }
    const first = head && this.row(head);
    const columns = Math.max(align.length, ...[...rows, ...(first ? [first] : [])].map((row) => row.cells.length));
    return { kind: "table", at: head?.start ?? 0, head: first, rows, columns, align };
  }

  private row(line: Line): Row {
    return { at: line.start, cells: this.cells(line).map((cell) => inline(this.text, [cell])) };
  }

  private cells(line: Line): Span[] {
    let { start, end } = trimmed(this.text, line);
    if (this.text[start] === "|" && start < end) start += 1;
    if (end > start && this.text[end - 1] === "|" && this.text[end - 2] !== "\\") end -= 1;
    const cells: Span[] = [];
    let from = start;
    for (let at = start; at <= end; at += 1) {
      if (at < end && this.text[at] === "\\") at += 1;
      else if (at === end || this.text[at] === "|") {
        cells.push(trimmed(this.text, { start: from, end: at }));
        from = at + 1;
      }
    }
    if (from < end || cells.length === 0) cells.push(trimmed(this.text, { start: from, end }));
    return cells;
  }

  private quote(line: Line): Block {
    const lines: Line[] = [];
    for (let next = this.line(); next; next = this.line()) {
      const match = QUOTE.exec(this.of(next));
      if (!match && (isBlank(this.text, next) || this.endsParagraph(next))) break;
      lines.push({ start: next.start + (match?.[0].length ?? 0), end: next.end });
      this.at += 1;
    }
    return { kind: "quote", at: line.start, blocks: new Scanner(this.text, lines, this.depth + 1).blocks() };
  }

  private list(line: Line): Block {
    const items: Item[] = [];
    for (let next = this.line(); next; next = this.line()) {
      const match = ITEM.exec(this.of(next));
      if (!match || RULE.test(this.of(next))) break;
      items.push(this.item(next, match));
      let blank = 0;
      while (this.line(blank) && isBlank(this.text, this.line(blank) as Line)) blank += 1;
      if (blank > 0 && ITEM.test(this.of(this.line(blank)))) this.at += blank;
    }
    return { kind: "list", at: line.start, items };
  }

  private item(line: Line, match: RegExpExecArray): Item {
    const [whole, indent = "", mark = ""] = match;
    const column = Math.min(whole.length, indent.length + mark.length + 4) || 2;
    const lines: Line[] = [{ start: line.start + whole.length, end: line.end }];
    this.at += 1;
    for (let next = this.line(); next; next = this.line()) {
      const text = this.of(next);
      const margin = text.length - text.trimStart().length;
      if (!text.trim()) {
        let ahead = 1;
        while (this.line(ahead) && isBlank(this.text, this.line(ahead) as Line)) ahead += 1;
        const following = this.of(this.line(ahead));
        // What goes on below a blank line is indented.
        if (!/^(?: {2}|\t)/.test(following)) break;
        lines.push({ start: next.end, end: next.end });
      } else if (margin >= 2 || text.startsWith("\t")) {
        const cut = text.startsWith("\t") ? 1 : Math.min(margin, column);
        lines.push({ start: next.start + cut, end: next.end });
      } else if (ITEM.test(text) || this.endsParagraph(next) || isBlank(this.text, lines.at(-1) ?? next)) {
        break;
      } else {
        lines.push({ start: next.start + margin, end: next.end });
      }
      this.at += 1;
    }
    const from = line.start + indent.length;
    return {
      at: line.start,
      depth: 0,
      mark: /\d/.test(mark) ? { start: from, end: from + mark.length } : undefined,
      blocks: new Scanner(this.text, lines, this.depth + 1).blocks(),
    };
  }

  private paragraph(line: Line): Block {
    const groups: Span[][] = [[]];
    for (let next = this.line(); next; next = this.line()) {
      const text = this.of(next);
      const group = groups.at(-1) as Span[];
      if (next !== line) {
        const setext = SETEXT.exec(text);
        if (setext) {
          this.at += 1;
          const level = setext[1]?.[0] === "=" ? 1 : 2;
          return { kind: "heading", at: line.start, level, runs: inline(this.text, groups.flat()) };
        }
        if (!text.trim() || this.endsParagraph(next) || this.isTable()) break;
        // The line's break is shown as the space that it is.
        const before = this.lines[this.at - 1] ?? next;
        if (group.length > 0) group.push({ start: before.end, end: before.end + 1 });
      }
      const shown = trimmed(this.text, next);
      const slashed = text.endsWith("\\") && this.line(1) !== undefined;
      group.push(slashed ? { start: shown.start, end: shown.end - 1 } : shown);
      if (slashed || text.endsWith("  ")) groups.push([]);
      this.at += 1;
    }
    const lines = groups.filter((group) => group.length > 0).map((group) => inline(this.text, group));
    return { kind: "paragraph", at: line.start, lines };
  }

  private endsParagraph(line: Line): boolean {
    const text = this.of(line);
    if (ATX.test(text) || FENCE.test(text) || RULE.test(text) || QUOTE.test(text)) return true;
    const item = ITEM.exec(text);
    // Only a list that begins with 1 interrupts a paragraph: "in\n1984. A year" does not begin one.
    return item !== null && item[3] !== "" && (!/\d/.test(item[2] ?? "") || /^1[.)]/.test(item[2] ?? ""));
  }
}
