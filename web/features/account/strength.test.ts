import { expect, test } from "vitest";

import { strengthOf } from "./strength";

test.each([
  ["", { level: "empty" }],
  ["12345", { level: "short", missing: 5 }],
  ["👩‍🚀👩‍🚀", { level: "short", missing: 4 }],
  ["abcdefghij", { level: "fair" }],
  ["aaaaaaaaaaaaaaaa", { level: "fair" }],
  ["plum-orbit-lantern", { level: "good" }],
])("%s", (password, expected) => {
  expect(strengthOf(password)).toEqual(expected);
});
