import type { Look, Run } from "./blocks";
import type { Span } from "./span";

/** So far ahead a closing mark is looked for; it keeps hostile texts from taking long. */
const FARTHEST = 1_000;
const DEEPEST = 8;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}_]/u;
const TARGET = /^\s*(<[^<>\n]*>|\S*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*$/;
const MARKS = ["***", "___", "**", "__", "~~", "*", "_"] as const;
const LOOKS: Record<(typeof MARKS)[number], Look> = {
  "***": { strong: true, emphasis: true },
  ___: { strong: true, emphasis: true },
  "**": { strong: true },
  __: { strong: true },
  "~~": { struck: true },
  "*": { emphasis: true },
  _: { emphasis: true },
};

/**
 * The runs of Markdown's inline text: bold, italic, struck, code, links and pictures as their words. `spans` are the
 * stretches that it stands in, so that marks before its lines can be left out.
 */
export function inline(text: string, spans: readonly Span[]): Run[] {
  const places: number[] = [];
  let joined = "";
  for (const { start, end } of spans) {
    joined += text.slice(start, end);
    for (let at = start; at < end; at += 1) places.push(at);
  }
  const shown: Run[] = [];
  const reader = new Reader(joined, (start, end, look) => {
    for (let at = start; at < end; ) {
      const first = places[at] ?? 0;
      let stop = at + 1;
      while (stop < end && places[stop] === first + (stop - at)) stop += 1;
      shown.push({ ...look, start: first, end: first + (stop - at) });
      at = stop;
    }
  });
  reader.read(0, joined.length, {}, 0);
  return shown;
}

class Reader {
  private readonly text: string;
  private readonly show: (start: number, end: number, look: Look) => void;
  /** Up to where nothing closes a mark, so that no stretch is looked through twice. */
  private readonly unclosed = new Map<string, number>();

  constructor(text: string, show: (start: number, end: number, look: Look) => void) {
    this.text = text;
    this.show = show;
  }

  /** Shows `[start, end)`, all but the marks in it. */
  read(start: number, end: number, look: Look, depth: number): void {
    let plain = start;
    let at = start;
    const flush = (upTo: number) => {
      if (upTo > plain) this.show(plain, upTo, look);
    };
    while (at < end) {
      const mark = this.text[at] ?? "";
      if (mark === "\\" && at + 1 < end && PUNCTUATION.test(this.text[at + 1] ?? "")) {
        flush(at);
        plain = at + 1;
        at += 2;
        continue;
      }
      const found = depth < DEEPEST ? this.find(mark, at, end, look) : null;
      if (!found) {
        // A run of the same mark that closes nothing is text as a whole.
        at += mark === "`" ? this.runLength(at, end) : 1;
        continue;
      }
      flush(at);
      if (found.isLiteral) this.show(found.start, found.end, found.look);
      else this.read(found.start, found.end, found.look, depth + 1);
      at = found.after;
      plain = at;
    }
    flush(end);
  }

  private find(mark: string, at: number, end: number, look: Look): Found | null {
    switch (mark) {
      case "`":
        return this.code(at, end, look);
      case "[":
        return this.link(at, at, end, look);
      case "!":
        return this.text[at + 1] === "[" && at + 1 < end ? this.link(at, at + 1, end, look) : null;
      case "<":
        return this.address(at, end, look);
      case "*":
      case "_":
      case "~":
        return this.emphasis(at, end, look);
      default:
        return null;
    }
  }

  private runLength(at: number, end: number): number {
    let stop = at;
    while (stop < end && this.text[stop] === this.text[at]) stop += 1;
    return stop - at;
  }

  private code(at: number, end: number, look: Look): Found | null {
    const length = this.runLength(at, end);
    const limit = Math.min(end, at + FARTHEST);
    for (let next = this.text.indexOf("`", at + length); next >= 0 && next < limit; ) {
      const found = this.runLength(next, end);
      if (found === length) {
        return { start: at + length, end: next, after: next + length, look: { ...look, code: true }, isLiteral: true };
      }
      next = this.text.indexOf("`", next + found);
    }
    return null;
  }

  private link(at: number, bracket: number, end: number, look: Look): Found | null {
    const close = this.closing(bracket, end, "[", "]");
    if (close === null || this.text[close + 1] !== "(" || close + 1 >= end) return null;
    const after = this.closing(close + 1, end, "(", ")");
    if (after === null || close === bracket + 1) return null;
    // What holds blanks is no address, unless a title follows it.
    const target = TARGET.exec(this.text.slice(close + 2, after));
    if (!target) return null;
    const link = (target[1] ?? "").replace(/^<|>$/g, "");
    const shown: Look = at < bracket ? { ...look, picture: true } : { ...look, link };
    return { start: bracket + 1, end: close, after: after + 1, look: shown, isLiteral: false };
  }

  private closing(at: number, end: number, opens: string, closes: string): number | null {
    let depth = 0;
    for (let next = at; next < Math.min(end, at + FARTHEST); next += 1) {
      const mark = this.text[next];
      if (mark === "\\") next += 1;
      else if (mark === opens) depth += 1;
      else if (mark === closes) {
        depth -= 1;
        if (depth === 0) return next;
      }
    }
    return null;
  }

  /** `<https://…>`; any other element is text. */
  private address(at: number, end: number, look: Look): Found | null {
    const match = /^<((?:https?:\/\/|mailto:)[^\s<>]{1,1000})>/.exec(this.text.slice(at, Math.min(end, at + 1_020)));
    if (!match?.[1]) return null;
    const stop = at + match[0].length;
    return { start: at + 1, end: stop - 1, after: stop, look: { ...look, link: match[1] }, isLiteral: true };
  }

  private emphasis(at: number, end: number, look: Look): Found | null {
    const mark = MARKS.find((one) => this.text.startsWith(one, at));
    if (!mark || at + mark.length >= end) return null;
    if (/\s/.test(this.text[at + mark.length] ?? " ")) return null;
    if (mark[0] === "_" && WORD.test(this.text[at - 1] ?? "")) return null;
    const limit = Math.min(end, at + FARTHEST);
    const from = Math.max(at + mark.length + 1, this.unclosed.get(mark) ?? 0);
    for (let next = from; next < limit; next += 1) {
      const here = this.text[next];
      if (here === "\\") {
        next += 1;
      } else if (here === "`") {
        const code = this.code(next, end, {});
        next = code ? code.after - 1 : next + this.runLength(next, end) - 1;
      } else if (here === mark[0]) {
        const length = this.runLength(next, limit);
        const closes = length === mark.length || (length > mark.length && length !== 2);
        const isEnd = !/\s/.test(this.text[next - 1] ?? " ");
        const after = next + length;
        if (closes && isEnd && !(mark[0] === "_" && WORD.test(this.text[after] ?? ""))) {
          const stop = after - mark.length;
          return { start: at + mark.length, end: stop, after, look: { ...look, ...LOOKS[mark] }, isLiteral: false };
        }
        next = after - 1;
      }
    }
    this.unclosed.set(mark, limit);
    return null;
  }
}

interface Found extends Span {
  after: number;
  look: Look;
  isLiteral: boolean;
}
