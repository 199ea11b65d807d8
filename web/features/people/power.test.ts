import { expect, test } from "vitest";

import { domainsOf, powerOver, rolesOf } from "./power";
import type { Me, Person, Role } from "./types";

const person = (role: Role, more: Partial<Person> = {}) => ({ id: "p", role, is_founder: false, ...more }) as Person;
const me = (role: Role, permissions = ["users.manage"]) => ({ user: person(role, { id: "me" }), permissions }) as Me;

test("power ends at one's own role", () => {
  expect(powerOver(me("admin"), person("user"))).toEqual({ edit: true, govern: true });
  expect(powerOver(me("admin"), person("admin"))).toEqual({ edit: true, govern: true });
  expect(powerOver(me("admin"), person("super_admin"))).toEqual({ edit: false, govern: false });
  expect(powerOver(me("content_manager", ["users.read"]), person("user"))).toEqual({ edit: false, govern: false });
  expect(powerOver(undefined, person("user"))).toEqual({ edit: false, govern: false });
});

test("the founder and oneself keep their standing", () => {
  expect(powerOver(me("super_admin"), person("super_admin", { is_founder: true }))).toEqual({
    edit: true,
    govern: false,
  });
  expect(powerOver(me("admin"), person("admin", { id: "me" }))).toEqual({ edit: true, govern: false });
});

test("nobody gives more than they have", () => {
  expect(rolesOf(me("admin"))).toEqual(["user", "content_manager", "admin"]);
  expect(rolesOf(undefined)).toEqual([]);
});

test("domains are read as people type them", () => {
  expect(domainsOf(" @Acme.test,acme.example\n\nacme.test; ")).toEqual(["acme.test", "acme.example"]);
  expect(domainsOf("")).toEqual([]);
});
