import { expect, test } from "vitest";

import { sectionAt, sectionsOf } from "./sections";

const keys = (...permissions: NonNullable<Parameters<typeof sectionsOf>[0]>) =>
  sectionsOf(permissions).map((section) => section.key);

test("each sees the sections that their role allows", () => {
  expect(sectionsOf(undefined)).toEqual([]);
  expect(keys("ask", "knowledge.create")).toEqual([]);
  expect(keys("users.read")).toEqual(["people"]);
  const admin = keys("users.read", "users.manage", "structure.manage");
  expect(admin).toEqual([
    "people",
    "organisation",
    "groups",
    "roles",
    "provisioning",
    "conversations",
    "documents",
    "diagnostics",
  ]);
  expect(keys("tenants.manage")).toEqual(["tenants"]);
});

test("what lies below a section belongs to it", () => {
  expect(sectionAt("/admin/groups/members/")?.key).toBe("groups");
  expect(sectionAt("/admin/tenants")?.key).toBe("tenants");
  expect(sectionAt("/admin/")).toBeUndefined();
});
