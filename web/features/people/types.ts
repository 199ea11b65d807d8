import type { Schemas } from "@/lib/api/client";

export type Person = Schemas["UserView"];
export type Me = Schemas["Me"];
export type Role = Person["role"];
export type UserState = Person["state"];
export type Link = Schemas["LinkOnce"];
export type Policy = Schemas["TenantSettings"]["second_factor"];

export const STATES: readonly UserState[] = ["active", "invited", "deactivated"];
export const POLICIES: readonly Policy[] = ["optional", "administrators", "everybody"];

/** What the list is narrowed to; empty lets everybody through. */
export interface Filter {
  search: string;
  role: Role | "";
  state: UserState | "";
  departmentId: string;
}

export const EVERYBODY: Filter = { search: "", role: "", state: "", departmentId: "" };
