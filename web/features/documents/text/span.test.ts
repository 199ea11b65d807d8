import { describe, expect, it } from "vitest";

import { offsets, pieces, Slice } from "./span";

const marked = (text: string, from: number, start: number, end: number) => {
  const slice = new Slice(text, from);
  return pieces({ start: 0, end: text.length }, slice.span(start, end))
    .filter((piece) => piece.marked)
    .map((piece) => text.slice(piece.start, piece.end));
};

describe("a slice", () => {
  it("marks exactly the span, counted in code points", () => {
    const text = "🙂 Pumps 👩‍👩‍👧 need é seals.\nSecond line.";
    const points = [...text];
    const start = points.indexOf("s", 8);
    expect(marked(text, 0, start, start + 5)).toEqual([points.slice(start, start + 5).join("")]);
  });

  it("counts from where it begins", () => {
    expect(marked("🙂abc\ndef", 100, 102, 106)).toEqual(["bc\nd"]);
  });

  it("marks nothing outside of it", () => {
    expect(marked("abc", 10, 0, 5)).toEqual([]);
    expect(marked("abc", 10, 20, 25)).toEqual([]);
  });

  it("knows the way back", () => {
    const text = "a🙂b漢";
    expect(offsets(text)).toEqual([0, 1, 3, 4, 5]);
    const slice = new Slice(text, 7);
    expect([7, 8, 9, 10, 11].map((character) => slice.character(slice.unit(character)))).toEqual([7, 8, 9, 10, 11]);
  });

  it("is cut without a loss", () => {
    const whole = pieces({ start: 2, end: 9 }, { start: 4, end: 6 });
    expect(whole).toEqual([
      { start: 2, end: 4, marked: false },
      { start: 4, end: 6, marked: true },
      { start: 6, end: 9, marked: false },
    ]);
  });
});
