import { expect, test } from "vitest";

import { signInMessages } from "./sign-in-messages";
import { providerStart, readProblem } from "./single-sign-on";

test("the way to the provider knows the way back", () => {
  expect(providerStart("/chat/")).toBe("/api/auth/oidc/start");
  expect(providerStart("/knowledge/?id=1&tab=access")).toBe(
    "/api/auth/oidc/start?next=%2Fknowledge%2F%3Fid%3D1%26tab%3Daccess",
  );
});

test.each([
  [null, null],
  ["", null],
  ["address-taken", "address-taken"],
  ["<b>Call us</b>", "other"],
  ["toString", "other"],
])("the problem %s is told as %s", (code, told) => {
  expect(readProblem(code)).toBe(told);
});

test("every problem has a sentence that ends", () => {
  for (const [key, text] of [signInMessages.en, signInMessages.de].flatMap(Object.entries)) {
    if (key.startsWith("problem_")) expect(text).toMatch(/\.$/);
  }
});
