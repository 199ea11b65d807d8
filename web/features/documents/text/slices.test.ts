import { describe, expect, it } from "vitest";

import { SLICE } from "../queries";
import { joined, readLines } from "./slices";

function sourceOf(text: string) {
  const points = [...text];
  return async (from: number, to: number) => {
    const start = Math.min(from, points.length);
    const end = Math.min(to, points.length);
    return { version_id: "v", start, end, length: points.length, text: points.slice(start, end).join(""), pages: [] };
  };
}

const rows = Array.from({ length: 3_000 }, (_, number) => `row ${number} | 🙂 ${number * 7} | 漢字`).join("\n");

describe("lines", () => {
  it("are never cut, and nothing is lost where slices meet", async () => {
    const source = sourceOf(rows);
    const middle = await readLines(source, 20_011, 32_011, { start: 23_000, end: 23_050 });
    const before = await readLines(
      source,
      middle.start - SLICE,
      middle.start,
      { start: middle.start - 1, end: middle.start },
      "end",
    );
    const after = await readLines(
      source,
      middle.end,
      middle.end + SLICE,
      { start: middle.end, end: middle.end },
      "start",
    );
    for (const part of [before, middle, after]) {
      expect(part.text).toMatch(/^row \d+ \|/);
      expect(part.text).toMatch(/漢字\n$/);
    }
    const whole = joined([before, middle, after]);
    expect(rows).toContain(whole.slice.text);
    expect(whole.slice.text).toBe(before.text + middle.text + after.text);
    expect([...rows].slice(whole.slice.from, whole.end).join("")).toBe(whole.slice.text);
    expect(whole.isWhole).toBe(false);
  });

  it("begin with a part where they can", async () => {
    const text = Array.from({ length: 900 }, (_, number) => `Part ${number}\nsecond line\n\n`).join("");
    const found = await readLines(sourceOf(text), 4_005, 9_000, { start: 5_000, end: 5_010 });
    expect(found.text).toMatch(/^Part/);
    expect(found.isWhole).toBe(true);
    expect(found.text.endsWith("second line\n\n")).toBe(true);
  });

  it("read on where one is long, and give up in the end", async () => {
    const long = `${"a ".repeat(9_000)}\nshort\n${"b ".repeat(9_000)}`;
    const found = await readLines(sourceOf(long), 10_000, 12_000, { start: 11_000, end: 11_010 });
    expect([found.start, found.text.endsWith("short\n")]).toEqual([0, true]);
    const endless = "word ".repeat(60_000);
    const cut = await readLines(sourceOf(endless), 150_000, 160_000, { start: 152_000, end: 152_010 });
    expect(cut.start).toBeLessThan(152_000);
    expect(cut.end).toBeGreaterThan(152_010);
  });
});
