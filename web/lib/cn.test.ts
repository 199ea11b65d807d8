import { expect, test } from "vitest";

import { cn } from "./cn";

test("leaves out what is absent", () => {
  expect(cn("a", false, undefined, null, "b c")).toBe("a b c");
});

test.each([
  ["p-5", "p-6", "p-6"],
  ["h-10 w-full", "h-8", "w-full h-8"],
  ["h-10 w-10", "size-8", "size-8"],
  ["px-4 py-2", "p-0", "p-0"],
  ["text-text text-sm", "text-muted", "text-sm text-muted"],
  ["text-center text-sm", "text-lg", "text-center text-lg"],
  ["hover:bg-sunken bg-raised", "bg-ground", "hover:bg-sunken bg-ground"],
  ["max-w-lg", "max-w-2xl", "max-w-2xl"],
  ["rounded-lg", "rounded-full", "rounded-full"],
])("%s, then %s: the later one stays", (before, after, expected) => {
  expect(cn(before, after)).toBe(expected);
});

test.each([
  "border border-transparent border-b-2 border-dashed",
  "rounded-t-lg rounded-b-none",
  "w-full min-w-0 max-w-sm",
  "h-[min(24rem,56vh)] md:h-8",
  "[scrollbar-width:none] absolute inset-y-0 left-1/2",
  "p-2 pt-4",
])("%s: nothing is lost", (classes) => {
  expect(cn(classes)).toBe(classes);
});
