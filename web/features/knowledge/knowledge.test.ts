import { describe, expect, it } from "vitest";

import type { Upload } from "@/lib/upload/model";

import { folderOf } from "./documents/actions";
import { stateKey, stepOf } from "./documents/stages";
import { check, chunkingOf, FRESH, sameChunking } from "./form";
import { toRequest } from "./search/filters";
import { mark, readable } from "./search/marking";
import { summarise, worthShowing } from "./uploads/summary";

describe("the form of a knowledge base", () => {
  it("needs a name, and sizes that the server takes", () => {
    expect(check(FRESH)).toEqual({ name: true });
    expect(check({ ...FRESH, name: "A", target: "31" })).toEqual({ target: true });
    expect(check({ ...FRESH, name: "A", target: "64.5" })).toEqual({ target: true });
    expect(check({ ...FRESH, name: "A", target: "64" })).toEqual({});
    expect(check({ ...FRESH, name: "A", strategy: "fixed", overlap: "" })).toEqual({ overlap: true });
  });

  it("gives an overlap to the fixed strategy alone", () => {
    expect(chunkingOf({ ...FRESH, overlap: "8" }).overlap_tokens).toBe(0);
    expect(chunkingOf({ ...FRESH, strategy: "fixed", overlap: "8" }).overlap_tokens).toBe(8);
  });

  it("sees whether documents would be cut differently", () => {
    const before = chunkingOf(FRESH);
    expect(sameChunking(before, { ...before })).toBe(true);
    expect(sameChunking(before, { ...before, target_tokens: 100 })).toBe(false);
  });
});

describe("the stages of a document", () => {
  it("go from uploaded to searchable", () => {
    const steps = [
      stepOf({ state: "queued", stage: "" }),
      stepOf({ state: "processing", stage: "parse" }),
      stepOf({ state: "processing", stage: "embed" }),
      stepOf({ state: "ready", stage: "" }),
    ];
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(stateKey({ state: "processing", stage: "embed" })).toBe("stageEmbed");
  });
});

describe("the folder of a document", () => {
  it("is what stands before its name", () => {
    expect(folderOf({ path: "a/b/c.txt", name: "c.txt" })).toBe("a/b");
    expect(folderOf({ path: "c.txt", name: "c.txt" })).toBe("");
  });
});

describe("marked words", () => {
  const marked = (text: string, ...words: string[]) =>
    mark(text, words)
      .filter((stretch) => stretch.marked)
      .map((stretch) => stretch.text);

  it("are found inflected, in any case, with and without accents", () => {
    expect(marked("Holidays are granted; a holiday is paid.", "holiday")).toEqual(["Holidays", "holiday"]);
    expect(marked("Die Kündigungsfristen", "kundigungsfrist")).toEqual(["Kündigungsfristen"]);
  });

  it("are whole words when they are short", () => {
    expect(marked("The vat is not vatican.", "vat")).toEqual(["vat"]);
  });

  it("leave the text as it is", () => {
    const text = "Größe 😀 <b>holiday</b>\nnext";
    expect(
      mark(text, ["holiday"])
        .map((stretch) => stretch.text)
        .join(""),
    ).toBe(text);
    expect(mark(text, [])).toEqual([{ text, marked: false }]);
  });
});

describe("a passage to read", () => {
  it("runs the lines of a paragraph together, and keeps lists and tables", () => {
    expect(readable("## Our year\n\nIt begins\nin April.\n- one\n- two\n\n| a | b |\n| 1 | 2 |")).toBe(
      "Our year\n\nIt begins in April.\n- one\n- two\n\n| a | b |\n| 1 | 2 |",
    );
  });
});

describe("a search", () => {
  it("includes the whole of the last day", () => {
    const { scope } = toRequest("kb", { query: "q", mediaType: "", from: "2026-01-31", to: "2026-01-31" });
    const from = new Date(scope.modified_from ?? "").getTime();
    const before = new Date(scope.modified_before ?? "").getTime();
    expect(before - from).toBe(24 * 60 * 60 * 1000);
    expect(scope.media_types).toBeNull();
  });
});

describe("the sum of uploads", () => {
  const upload = (id: string, state: Upload["state"], size = 99, sent = 0): Upload => ({
    id,
    knowledgeBaseId: "kb",
    path: id,
    size,
    state,
    sent,
    stored: null,
    problem: null,
  });

  it("counts by bytes, without what is not sent", () => {
    const sum = summarise([upload("a", "stored", 99, 1), upload("b", "sending", 99, 0.5), upload("c", "failed", 999)]);
    expect(sum).toMatchObject({ all: 3, open: 1, stored: 1, unsent: 1, share: 0.75 });
  });

  it("shows what is under way and what failed before what waits", () => {
    const shown = worthShowing(
      [
        upload("w", "waiting"),
        upload("s1", "stored"),
        upload("s2", "stored"),
        upload("f", "failed"),
        upload("g", "sending"),
      ],
      4,
    );
    expect(shown.map((one) => one.id)).toEqual(["g", "f", "s2", "s1"]);
  });
});
