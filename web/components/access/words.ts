import type { Schemas } from "@/lib/api/client";
import type { Translate } from "@/lib/i18n";

import { type AccessKey, messages } from "./messages";

export type Access = Schemas["AccessOut"];
export type AccessStep = Schemas["AccessStepOut"];
export type AccessGrant = Schemas["GrantThroughOut"];
export type Noun = "document" | "knowledge_base";

const THROUGH = {
  user: "throughUser",
  group: "throughGroup",
  department: "throughDepartment",
  tenant: "throughTenant",
} as const;

type Say = Translate<AccessKey>;
type DateOf = (iso: string) => string;

function known(key: string): key is AccessKey {
  return key in messages.en;
}

/** The answer as a sentence; what this page does not know yet, as the server says it. */
export function verdictInWords(t: Say, access: Access, noun: Noun): string {
  const key = `${noun}.${access.verdict}`;
  return known(key) ? t(key, { name: access.person.name }) : access.sentence;
}

export function stepInWords(t: Say, date: DateOf, step: AccessStep): string {
  const key = `step.${step.code}${step.through.length > 0 ? "Through" : ""}`;
  if (!known(key)) return step.sentence;
  return t(key, {
    through: step.through.map((grant) => grantInWords(t, grant)).join(", "),
    date: step.at ? date(step.at) : "",
  });
}

/** "the group Finance (read)". */
export function grantInWords(t: Say, { kind, name, level }: AccessGrant): string {
  const right = t(level === "manage" ? "levelManage" : "levelRead");
  return name ? t(THROUGH[kind], { name, level: right }) : t("gone");
}

/** What stands behind a grant: who gave it when, and since when the person belongs to it. */
export function behind(t: Say, date: DateOf, { name, granted_by, granted_at, member_since }: AccessGrant): string[] {
  const said: string[] = [];
  if (member_since) said.push(t("memberSince", { name, date: date(member_since) }));
  if (granted_by && granted_at) said.push(t("grantedBy", { name: granted_by, date: date(granted_at) }));
  return said;
}
