import { afterEach, describe, expect, it, vi } from "vitest";

import { groupByDate } from "./groups";
import type { Conversation } from "./types";

function group(now: string, ...used: string[]): Record<string, string[]> {
  const items = used.map((updated_at) => ({ id: updated_at, updated_at }) as Conversation);
  return Object.fromEntries(
    groupByDate(items, new Date(now)).map(([name, found]) => [name, found.map(({ id }) => id)]),
  );
}

afterEach(() => vi.unstubAllEnvs());

describe("groupByDate", () => {
  it("begins a day at midnight where the person is", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    expect(
      group("2026-07-15T10:00:00Z", "2026-07-14T22:00:00Z", "2026-07-14T21:59:59Z", "2026-07-13T21:59:59Z"),
    ).toEqual({
      today: ["2026-07-14T22:00:00Z"],
      yesterday: ["2026-07-14T21:59:59Z"],
      week: ["2026-07-13T21:59:59Z"],
    });
  });

  it("knows that a day may have 23 hours or 25", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    // On 29 March 2026 an hour was left out: 23:30 of the 28th was two days before the 30th.
    expect(group("2026-03-30T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-28T22:30:00Z")).toEqual({
      yesterday: ["2026-03-28T23:00:00Z"],
      week: ["2026-03-28T22:30:00Z"],
    });
    // On 25 October one came twice: half past midnight of the 25th was yesterday on the 26th.
    expect(group("2026-10-26T10:00:00Z", "2026-10-24T22:30:00Z", "2026-10-24T21:30:00Z")).toEqual({
      yesterday: ["2026-10-24T22:30:00Z"],
      week: ["2026-10-24T21:30:00Z"],
    });
  });

  it("puts pinned ones first, keeps the order within a group and leaves out groups that are empty", () => {
    const items = [
      { id: "old", updated_at: "2025-01-01T00:00:00Z" },
      { id: "b", updated_at: "2026-07-15T09:00:00Z" },
      { id: "pin", updated_at: "2020-01-01T00:00:00Z", pinned: true },
      { id: "a", updated_at: "2026-07-15T08:00:00Z" },
    ] as Conversation[];
    const groups = groupByDate(items, new Date("2026-07-15T10:00:00Z"));
    expect(groups.map(([name, found]) => [name, found.map(({ id }) => id)])).toEqual([
      ["pinned", ["pin"]],
      ["today", ["b", "a"]],
      ["older", ["old"]],
    ]);
    expect(groupByDate([])).toEqual([]);
  });

  it("counts seven days and thirty, across months and years, and a clock that is ahead as today", () => {
    vi.stubEnv("TZ", "UTC");
    expect(
      group(
        "2026-01-03T12:00:00Z",
        "2026-01-05T00:00:00Z",
        "2025-12-27T00:00:00Z",
        "2025-12-26T23:59:59Z",
        "2025-12-04T00:00:00Z",
        "2025-12-03T23:59:59Z",
      ),
    ).toEqual({
      today: ["2026-01-05T00:00:00Z"],
      week: ["2025-12-27T00:00:00Z"],
      month: ["2025-12-26T23:59:59Z", "2025-12-04T00:00:00Z"],
      older: ["2025-12-03T23:59:59Z"],
    });
  });
});
