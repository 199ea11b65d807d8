import { describe, expect, it } from "vitest";

import type { Block } from "./blocks";
import { layout } from "./layout";
import { joined } from "./slices";

interface Page {
  number: number;
  start: number;
  end: number;
  label: string;
}

function textOf(text: string, pages: Page[], start = 0) {
  const end = start + [...text].length;
  return joined([{ version_id: "v", start, end, length: end, text, pages, isWhole: true }]);
}

const levelsOf = (shown: ReturnType<typeof layout>) =>
  shown.groups.map(({ blocks }) => blocks.filter((one) => one.kind === "heading").map((one) => shown.levels.get(one)));

describe("layout", () => {
  it("puts slides under headings of their own", () => {
    const text = "Why\n\n• one\n• two\n\nHow\n\nSo.";
    const pages = [
      { number: 1, start: 0, end: 18, label: "Slide 1" },
      { number: 2, start: 18, end: 26, label: "Slide 2" },
    ];
    const shown = layout(textOf(text, pages), "office", true, 0, 3);
    expect(shown.groups.map(({ page, blocks }) => [page?.label, blocks.map((block: Block) => block.kind)])).toEqual([
      ["Slide 1", ["heading", "list"]],
      ["Slide 2", ["heading", "paragraph"]],
    ]);
    expect(levelsOf(shown)).toEqual([[4], [4]]);
    expect([shown.first, shown.breaks.size]).toEqual([0, 0]);
  });

  it("says inside of a paragraph where a page begins, however characters are counted", () => {
    const text = "🙂 begins here and\ngoes on there.\n\nNext.";
    const at = [...text].indexOf("g", 10);
    const pages = [
      { number: 4, start: 100, end: 100 + at, label: "" },
      { number: 5, start: 100 + at, end: 100 + [...text].length, label: "" },
    ];
    const shown = layout(textOf(text, pages, 100), "pages", false, 102, 108);
    expect(shown.groups.map(({ page }) => page?.number)).toEqual([4]);
    expect([...shown.breaks].map(([unit, page]) => [text.slice(unit, unit + 4), page?.number])).toEqual([["goes", 5]]);
    expect(text.slice(shown.first ?? 0, (shown.first ?? 0) + 6)).toBe("begins");
  });

  it("leaves no level of headings out", () => {
    const text = "### Deep\n\n###### Deeper\n\n# Top\n\n### Below\n\n## Between";
    expect(levelsOf(layout(textOf(text, []), "markdown", false, 0, 0))).toEqual([[3, 4, 3, 4, 4]]);
  });

  it("counts tables and listings, those in items too", () => {
    const text = "| a | b |\n| - | - |\n\n- item\n\n  | c | d |\n  | - | - |\n\n```\nx\n```";
    const shown = layout(textOf(text, []), "markdown", false, 0, 0);
    expect([...shown.numbers].map(([block, number]) => [block.kind, number])).toEqual([
      ["table", 1],
      ["table", 2],
      ["code", 1],
    ]);
  });
});
