import { describe, expect, it } from "vitest";

import { lines, offsets } from "./span";

const marked = (slice: string, from: number, start: number, end: number) =>
  lines(slice, from, start, end)
    .flatMap((line) => line.pieces)
    .filter((piece) => piece.marked)
    .map((piece) => piece.text);

describe("lines", () => {
  it("marks exactly the span, counted in code points", () => {
    const text = "🙂 Pumps 👩‍👩‍👧 need é seals.\nSecond line.";
    const points = [...text];
    const start = points.indexOf("s", 8);
    expect(marked(text, 0, start, start + 5)).toEqual([points.slice(start, start + 5).join("")]);
  });

  it("counts from where the slice begins, and marks over lines", () => {
    expect(marked("🙂abc\ndef", 100, 102, 106)).toEqual(["bc", "d"]);
  });

  it("marks nothing outside the slice", () => {
    expect(marked("abc", 10, 0, 5)).toEqual([]);
    expect(marked("abc", 10, 20, 25)).toEqual([]);
  });

  it("loses nothing", () => {
    const text = "# Title 🙂\n\n| a | b |\n| - | - |\n";
    const whole = lines(text, 0, 3, 9)
      .map((line) => line.pieces.map((piece) => piece.text).join(""))
      .join("\n");
    expect(whole).toBe(text);
    expect(offsets("a🙂b")).toEqual([0, 1, 3, 4]);
  });
});
