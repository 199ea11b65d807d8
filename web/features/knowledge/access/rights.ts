import type { Schemas } from "@/lib/api/client";

import type { Grant } from "../types";

export type Level = Grant["level"];
export type SubjectKind = Grant["subject_kind"];
type Named = Pick<Grant, "subject_kind" | "subject_id">;

/** Everything that a grant may name and that is, or holds, this person. */
export function subjectsOf(me: Schemas["Me"]): ReadonlySet<string> {
  const { user, tenant } = me;
  const named: Named[] = [
    { subject_kind: "user", subject_id: user.id },
    { subject_kind: "tenant", subject_id: tenant.id },
    ...user.group_ids.map((id): Named => ({ subject_kind: "group", subject_id: id })),
  ];
  if (user.department_id) named.push({ subject_kind: "department", subject_id: user.department_id });
  return new Set(named.map(wordOf));
}

/** The word for a subject: the same for the same one, whatever way its id was written. */
export function wordOf({ subject_kind, subject_id }: Named): string {
  return `${subject_kind}:${subject_id.replaceAll("-", "").toLowerCase()}`;
}

export function levelThrough(grants: readonly Grant[], subjects: ReadonlySet<string>): Level | null {
  const held = grants.filter((grant) => subjects.has(wordOf(grant)));
  if (held.length === 0) return null;
  return held.some((grant) => grant.level === "manage") ? "manage" : "read";
}

/** The grants after one was removed (`level` null) or changed. */
export function without(grants: readonly Grant[], changed: Named, level: Level | null): Grant[] {
  const word = wordOf(changed);
  return grants.flatMap((grant) => {
    if (wordOf(grant) !== word) return [grant];
    return level ? [{ ...grant, level }] : [];
  });
}

export type Loss = "loseAll" | "loseManage" | "lastManager";

/** What one should be warned of before taking a right away. */
export function lossOf(
  grants: readonly Grant[],
  changed: Named,
  level: Level | null,
  subjects: ReadonlySet<string>,
): Loss | null {
  const after = without(grants, changed, level);
  const before = levelThrough(grants, subjects);
  const left = levelThrough(after, subjects);
  if (before !== null && left === null) return "loseAll";
  if (before === "manage" && left !== "manage") return "loseManage";
  const managed = grants.some((grant) => grant.level === "manage");
  return managed && after.every((grant) => grant.level !== "manage") ? "lastManager" : null;
}
