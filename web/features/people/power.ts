import { type Me, type Person, ROLES, type Role } from "./types";

const rank = (role: Role) => ROLES.indexOf(role);

export interface Power {
  /** Name, department and groups. */
  edit: boolean;
  /** Role, state, password, sign-ins, second factor, deletion. */
  govern: boolean;
}

/** What somebody may do to a person's account (the server decides, and this only spares people refusals): never above their own role, nor to the founder's or their own standing. */
export function powerOver(me: Me | undefined, person: Person): Power {
  if (!me?.permissions.includes("users.manage") || rank(person.role) > rank(me.user.role)) {
    return { edit: false, govern: false };
  }
  return { edit: true, govern: !person.is_founder && person.id !== me.user.id };
}

/** The roles that somebody may give. */
export function rolesOf(me: Me | undefined): readonly Role[] {
  return me ? ROLES.slice(0, rank(me.user.role) + 1) : [];
}

/** Domains as people type them: one a line, or with commas. */
export function domainsOf(typed: string): string[] {
  const words = typed.split(/[\s,;]+/).map((word) => word.replace(/^@/, "").toLowerCase());
  return [...new Set(words.filter(Boolean))];
}
