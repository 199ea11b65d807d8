import { expect, test } from "vitest";

import type { Route } from "./queries";
import { bodyOf, isWithin, moved, placesOf } from "./route";

const ROUTE: Route = {
  purpose: "knowledge",
  version: 3,
  follows: null,
  candidates: [
    { provider_id: "p", provider_name: "P", enabled: true, model: "a", health: null },
    { provider_id: null, provider_name: null, enabled: true, model: "own", health: null },
  ],
  temperature: 0.1,
  max_tokens: 1024,
  deadline_seconds: 120,
  patience_seconds: 20,
};
const BOUNDS = { temperature: "0.5", max_tokens: "500", deadline_seconds: "60", patience_seconds: "10" };

test("a route goes into the form and out again, with its version", () => {
  const body = bodyOf(ROUTE, moved(placesOf(ROUTE, [], null), 1, 0), BOUNDS);
  expect(body).toEqual({
    version: 3,
    candidates: [
      { provider_id: null, model: "own" },
      { provider_id: "p", model: "a" },
    ],
    temperature: 0.5,
    max_tokens: 500,
    deadline_seconds: 60,
    patience_seconds: 10,
  });
});

test("a route that is not set begins with the installation's own model, where there is one", () => {
  const own = { model: "gpt", host: "h", health: [] };
  expect(placesOf({ ...ROUTE, version: 0, candidates: [] }, [], own)).toEqual([{ key: 0, provider: "", model: "gpt" }]);
});

test.each([
  ["temperature", "2", true],
  ["temperature", "2.1", false],
  ["temperature", "", false],
  ["max_tokens", "16", true],
  ["max_tokens", "100.5", false],
  ["deadline_seconds", "x", false],
] as const)("%s %s", (bound, text, right) => expect(isWithin(bound, text)).toBe(right));
