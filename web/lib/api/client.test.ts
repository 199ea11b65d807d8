import createClient from "openapi-fetch";
import { expect, test } from "vitest";

import { Problem, unwrap } from "./client";
import { readProblem } from "./problem";
import type { paths } from "./schema";

function clientOf(response: Response) {
  return createClient<paths>({ baseUrl: "http://nexus.test", fetch: async () => response });
}

const WEAK = {
  type: "urn:nexus:problem:weak-password",
  title: "The password is too easy to guess",
  detail: "Use more different characters.",
  request_id: "abc12345",
  errors: [{ at: "body.new_password", message: "too short" }],
};
const weak = () =>
  new Response(JSON.stringify(WEAK), { status: 422, headers: { "Content-Type": "application/problem+json" } });
const proxy = () => new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "Content-Type": "text/html" } });

test("the typed client tells why the server refused, though it has read the body itself", async () => {
  const body = { current_password: "a", new_password: "b" };
  const problem = await unwrap(clientOf(weak()).POST("/api/me/password", { body })).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({
    status: 422,
    code: "weak-password",
    message: "Use more different characters.",
    requestId: "abc12345",
    fields: { new_password: "too short" },
  });
});

test("a response read by hand tells the same", async () => {
  expect(await readProblem(weak())).toMatchObject({ code: "weak-password", message: "Use more different characters." });
});

test("a proxy's page is told by its status", async () => {
  const expected = { status: 502, message: "The server answered 502." };
  expect(await readProblem(proxy())).toMatchObject(expected);
  await expect(unwrap(clientOf(proxy()).GET("/api/me"))).rejects.toMatchObject(expected);
});
