import { expect, test } from "vitest";

import { fits, step } from "./entries";

test.each([
  ["Keyboard shortcuts", "short", true],
  ["Keyboard shortcuts", "SHORT key", true],
  ["Zum dunklen Farbschema wechseln", "farb dunk", true],
  ["Übersicht", "uber", true],
  ["Knowledge", "ledge", false],
  ["Knowledge", "", true],
])("%s for %j: %s", (label, query, expected) => {
  expect(fits(label, query)).toBe(expected);
});

test("the arrows go round, whole pages do not", () => {
  expect(step("ArrowDown", 2, 3)).toBe(0);
  expect(step("ArrowUp", 0, 3)).toBe(2);
  expect(step("PageDown", 0, 3)).toBe(2);
  expect(step("PageUp", 2, 3)).toBe(0);
  expect(step("a", 0, 3)).toBeNull();
  expect(step("ArrowDown", 0, 0)).toBeNull();
});
