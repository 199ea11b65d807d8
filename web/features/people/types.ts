import type { Schemas } from "@/lib/api/client";

export type Person = Schemas["UserView"];
export type Me = Schemas["Me"];
export type Role = Person["role"];
export type UserState = Person["state"];
export type Link = Schemas["LinkOnce"];
export type Policy = Schemas["TenantSettings"]["second_factor"];

/** From least to most. */
export const ROLES: readonly Role[] = ["user", "content_manager", "admin", "super_admin"];
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

/** What a link narrows the list to: `?department=…&role=…`. What cannot be is left out. */
export function filterOf(address: { get: (name: string) => string | null }): Filter {
  const role = address.get("role");
  const department = address.get("department") ?? "";
  return {
    ...EVERYBODY,
    role: ROLES.find((one) => one === role) ?? "",
    departmentId: /^[0-9a-f-]{36}$/.test(department) ? department : "",
  };
}
