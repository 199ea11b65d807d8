import { describe, expect, it } from "vitest";

import { type Block, firstShown, leaves } from "./blocks";
import { type Format, formatOf, read } from "./read";
import { pieces, Slice } from "./span";

const FORMATS: Format[] = ["markdown", "office", "pages", "sheet", "mail", "data", "plain", "code"];
const WORDS = ["seal", "Pumpe", "pump", "é", "漢字", "です", "🙂", "👩‍👩‍👧", "12.5", "48 N·m", "a_b_c", "3 * 4"];
const MARKS = [
  ...[
    "\n",
    "\n\n",
    "\n- ",
    "\n  - ",
    "\n1. ",
    "\n12) ",
    "\n• ",
    "\n    ",
    "\t",
    "\n> ",
    "> ",
    "# ",
    "\n# ",
    "\n### ",
    " #",
  ],
  ...[
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "`",
    "``",
    "\n```\n",
    "```py\n",
    "\n~~~\n",
    "\\",
    "\\*",
    "{;}",
    "!",
    ". ",
    ": ",
  ],
  ...["[", "](X:/Y?Z)", "](", ")", "![", "<X://Y>", "<", ">", "  \n", "\\\n", "\n---\n", "\n===\n", "\n+---+---+\n"],
  ...["\n\n| | | |\n| --- | ---: |\n", "\n| --- | :---: |\n", "\n\\| a | b |\n", "\nFrom: ", "\n\nNotes: "],
];

/** Numbers as if by chance, the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomText(next: () => number): string {
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? "";
  const bars = [" | ", "| ", " |", "|"];
  return Array.from({ length: 5 + Math.floor(next() * 120) }, () => {
    const kind = next();
    if (kind < 0.45) return pick(WORDS);
    if (kind < 0.6) return " ";
    return kind < 0.7 ? pick(bars) : pick(MARKS);
  }).join("");
}

const shown = (text: string, blocks: readonly Block[]) =>
  [...leaves(blocks)].map((run) => text.slice(run.start, run.end)).join("");

/** What the page marks: the pieces of everything that is shown, put together. */
function marked(text: string, blocks: readonly Block[], start: number, end: number): string {
  const mark = new Slice(text, 0).span(start, end);
  return [...leaves(blocks)]
    .flatMap((run) => pieces(run, mark))
    .filter((piece) => piece.marked)
    .map((piece) => text.slice(piece.start, piece.end))
    .join("");
}

describe.each(FORMATS)("any text as %s", (format) => {
  it("is shown in order, nothing twice, nothing lost but markup, and marked exactly", () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const next = chance(seed);
      const text = randomText(next);
      const blocks = read(text, format, next() < 0.5);
      const runs = [...leaves(blocks)];
      let at = 0;
      const gaps: string[] = [];
      for (const run of runs) {
        expect(run.start, JSON.stringify(text)).toBeGreaterThanOrEqual(at);
        expect(run.end).toBeGreaterThanOrEqual(run.start);
        gaps.push(text.slice(at, run.start));
        at = run.end;
      }
      gaps.push(text.slice(at));
      // Words, numbers and pictures are never markup, but for where a link leads.
      const lost = format === "markdown" ? /[\p{Ll}漢字です🙂👩👧éFN]/u : /[\p{L}\p{N}\p{Extended_Pictographic}]/u;
      expect(
        gaps.filter((gap) => lost.test(gap.replace(/\]\(\s*(?:<[^<>\n]*>|\S*)\s*\)/g, ""))),
        JSON.stringify(text),
      ).toEqual([]);

      const points = [...text];
      const start = Math.floor(next() * points.length);
      const end = start + Math.floor(next() * (points.length - start + 1));
      const units = new Slice(text, 0).span(start, end);
      const within = runs.map(({ start: a, end: b }) => text.slice(Math.max(a, units.start), Math.min(b, units.end)));
      const isIn = runs.map((run) => Math.max(run.start, units.start) < Math.min(run.end, units.end));
      expect(marked(text, blocks, start, end)).toBe(within.filter((_, number) => isIn[number]).join(""));
      // The first mark is found wherever anything is marked.
      const first = firstShown(blocks, units);
      expect(first === null).toBe(!isIn.includes(true));
      if (first !== null) expect(first).toBeGreaterThanOrEqual(units.start);
    }
  });
});

describe("a hostile text", () => {
  it.each(["*", "_", "[", "`", "**a ", "[a](", "~~", "> ", "- ", "*`", "![[", "|", "\\", "<"])(
    "of %j over and over is read at once",
    (mark) => {
      const text = mark.repeat(10_000);
      const before = performance.now();
      for (const format of FORMATS) read(text, format, true);
      read(text.replace(/(.{40})/g, "$1\n"), "markdown", true);
      expect(performance.now() - before).toBeLessThan(3_000);
    },
  );
});

const kinds = (blocks: readonly Block[]) => blocks.map((block) => block.kind);
const rowsOf = (text: string, block: Block | undefined) =>
  block?.kind === "table"
    ? block.rows.map((row) => row.cells.map((cell) => cell.map((run) => text.slice(run.start, run.end)).join("")))
    : [];

describe("Markdown", () => {
  const text = [
    "# Title {#top}",
    "",
    "Some **bold** and *slanted* words, `code *as is*`, a [link](https://elsewhere.test/x) and",
    "![a pump](https://elsewhere.test/p.png), 2 * 3 * 4, snake_case_name.",
    "",
    "| Part | Price |",
    "| --- | ---: |",
    "| A \\| B | **5** |",
    "",
    "- one",
    "  - inner",
    "- two",
    "",
    "  ```py",
    "  # not a heading",
    "  ```",
    "",
    "> quoted",
    "> on",
    "",
    "Old style",
    "---------",
    "<script>alert(1)</script>",
  ].join("\n");
  const blocks = read(text, "markdown", true);

  it("becomes what it says", () => {
    expect(kinds(blocks)).toEqual(["heading", "paragraph", "table", "list", "quote", "heading", "paragraph"]);
    expect(shown(text, blocks.slice(0, 2))).toBe(
      "TitleSome bold and slanted words, code *as is*, a link and\na pump, 2 * 3 * 4, snake_case_name.",
    );
    expect(rowsOf(text, blocks[2])).toEqual([["A | B", "5"]]);
    const list = blocks[3];
    expect(list?.kind === "list" && list.items.map((item) => kinds(item.blocks))).toEqual([
      ["paragraph", "list"],
      ["paragraph", "code"],
    ]);
    expect(shown(text, blocks.slice(4))).toBe("quoted\nonOld style<script>alert(1)</script>");
  });

  it("says where links lead and leads nowhere", () => {
    const links = [...leaves(blocks)].filter((run) => run.link || run.picture);
    expect(links.map((run) => [text.slice(run.start, run.end), run.link, run.picture])).toEqual([
      ["link", "https://elsewhere.test/x", undefined],
      ["a pump", undefined, true],
    ]);
  });

  it("marks over cells and rows", () => {
    const start = text.indexOf("Part");
    expect(marked(text, blocks, start, text.indexOf("5** |") + 1)).toBe("PartPriceA | B5");
  });
});

describe("stored tables", () => {
  it("have their columns' names where the first row holds them", () => {
    const text = "Budget\n\nItem | Cost | Note\nSeal | 12.5 |\n| 3 | of | two\nTotal";
    const [, table] = read(text, "sheet", true);
    expect(table?.kind === "table" && table.head?.cells.map((cell) => cell.length)).toEqual([1, 1, 1]);
    expect(rowsOf(text, table)).toEqual([["Seal", "12.5", ""], ["", "3", "of", "two"], ["Total"]]);
  });

  it("have none where they go on", () => {
    const [table] = read("a | b\nc | d", "sheet", false);
    expect(table?.kind === "table" && table.head).toBeUndefined();
  });
});

describe("other texts", () => {
  it("mails have a header", () => {
    const text = "Project\n\nFrom: A <a@b.test>\nTo: C\n\nDear all,\nhow: are you?";
    expect(kinds(read(text, "mail", true))).toEqual(["heading", "fields", "paragraph"]);
    expect(kinds(read("From: A\nDate: today\n\nHi", "mail", true))).toEqual(["fields", "paragraph"]);
  });

  it("slides have headings, lists and notes", () => {
    const text = "Why\n\n• Half\n  • of all\n• The rest\n\nNotes: Say it slowly.";
    const blocks = read(text, "office", true);
    expect(kinds(blocks)).toEqual(["heading", "list", "paragraph"]);
    expect(blocks[1]?.kind === "list" && blocks[1].items.map((item) => item.depth)).toEqual([0, 1, 0]);
  });

  it("lines that were broken because they were full flow", () => {
    const full = "A letter whose lines were broken by the program that wrote it, and";
    const text = `${full}\ngo on here.\nKind regards\nAda\n\n- ${full}\n  on\n- two`;
    const [paragraph, list] = read(text, "mail", false);
    expect(paragraph?.kind === "paragraph" && paragraph.lines.length).toBe(3);
    expect(list?.kind === "list" && list.items.map((item) => shown(text, item.blocks))).toEqual([`${full}\non`, "two"]);
  });

  it("columns of a page flow, and a table's title is no heading", () => {
    const text =
      "Short lines stand\nin a narrow column\nof it.\n\nWhere\n\nPrice a night\n\nA | B\nc | 1\n\nActs 2\n\non it.";
    const blocks = read(text, "pages", false);
    expect(kinds(blocks)).toEqual(["paragraph", "heading", "paragraph", "table", "paragraph", "paragraph"]);
    expect(blocks[0]?.kind === "paragraph" && blocks[0].lines.length).toBe(1);
  });

  it("records have names and values", () => {
    expect(kinds(read("sensors\n\ntag: FT-301\nrange: 0 to 120", "data", true))).toEqual(["heading", "fields"]);
  });

  it("plain text has tables by tabs, listings and titles in capitals", () => {
    const text = "1. WHO\n\nThis guide\nis long.\n\na\tb\n1\t2\n\nx    y    z\n1    2    3";
    expect(kinds(read(text, "plain", true))).toEqual(["heading", "paragraph", "table", "code"]);
  });

  it("programs are counted by lines", () => {
    const [code] = read("def f():\n\n    return 1\n", "code", true, 1);
    expect(code?.kind === "code" && [code.lines.length, code.first]).toEqual([3, 1]);
  });

  it("is known by media type and name", () => {
    expect(formatOf("text/plain", "notes.txt")).toBe("plain");
    expect(formatOf("text/plain", "src/app.py")).toBe("code");
    expect(formatOf("text/plain", "Dockerfile")).toBe("code");
    expect(formatOf("text/html", "a.html")).toBe("office");
    expect(formatOf("application/pdf", "a.pdf")).toBe("pages");
  });
});
