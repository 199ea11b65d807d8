import { describe, expect, it } from "vitest";

import { flatten, nextCursor, patch } from "./pages";

interface Row {
  id: string;
  value: number;
}

const pages = (...all: Row[][]) => ({
  pages: all.map((items, index) => ({ items, next_cursor: index < all.length - 1 ? `after ${index}` : null })),
  pageParams: all.map((_, index) => (index ? `after ${index - 1}` : undefined)),
});

describe("the pages of a list", () => {
  it("follow each other", () => {
    const rows = flatten(pages([{ id: "a", value: 1 }], [{ id: "b", value: 2 }]));
    expect(rows.map((row) => row.id)).toEqual(["a", "b"]);
  });

  it("show what moved between two pages once, as it was read last", () => {
    const rows = flatten(pages([{ id: "a", value: 1 }], [{ id: "a", value: 2 }]));
    expect(rows).toEqual([{ id: "a", value: 2 }]);
  });

  it("are empty before they are there", () => {
    expect(flatten<Row>(undefined)).toEqual([]);
  });

  it("end where there is no cursor", () => {
    expect(nextCursor({ items: [], next_cursor: "more" })).toBe("more");
    expect(nextCursor({ items: [], next_cursor: null })).toBeUndefined();
    expect(nextCursor({ items: [] })).toBeUndefined();
  });

  it("take changes in place, leave out what is gone, and keep their cursors", () => {
    const before = pages(
      [
        { id: "a", value: 1 },
        { id: "b", value: 1 },
      ],
      [{ id: "c", value: 1 }],
    );
    const after = patch(before, [{ id: "c", value: 9 }], ["a"]);
    expect(flatten(after)).toEqual([
      { id: "b", value: 1 },
      { id: "c", value: 9 },
    ]);
    expect(after.pages.map((page) => page.next_cursor)).toEqual(before.pages.map((page) => page.next_cursor));
    expect(flatten(before)).toHaveLength(3);
  });
});
