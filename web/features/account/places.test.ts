import { expect, test } from "vitest";

import { landing, loginFrom } from "./places";

test.each([
  [null, "/chat/"],
  ["/knowledge/base/?id=1&tab=access", "/knowledge/base/?id=1&tab=access"],
  ["https://evil.example/", "/chat/"],
  ["//evil.example/", "/chat/"],
  ["/\\evil.example/", "/chat/"],
  ["javascript:alert(1)", "/chat/"],
  ["/api/documents/1/original", "/chat/"],
  ["/login/?next=/login/", "/chat/"],
])("after signing in, %s leads to %s", (next, expected) => {
  expect(landing(next)).toBe(expected);
});

test("the way back is kept, but not to the start", () => {
  expect(loginFrom({ pathname: "/chat/", search: "?c=1" })).toBe("/login/?next=%2Fchat%2F%3Fc%3D1");
  expect(loginFrom({ pathname: "/chat/", search: "" })).toBe("/login/");
});
