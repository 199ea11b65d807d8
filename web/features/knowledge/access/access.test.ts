import { describe, expect, it } from "vitest";

import { format } from "@/lib/i18n";

import type { Grant } from "../types";
import { inWords, type Step } from "./explanation";
import { type AccessKey, messages } from "./messages";
import { levelThrough, lossOf, subjectsOf, wordOf } from "./rights";

const en = (key: AccessKey, values?: Record<string, string | number>) => format(messages.en[key], values);
const de = (key: AccessKey, values?: Record<string, string | number>) => format(messages.de[key], values);
const ANNA = "11111111-1111-1111-1111-111111111111";
const FINANCE = "22222222-2222-2222-2222-222222222222";
const OTHER = "33333333-3333-3333-3333-333333333333";

function grant(subject_kind: Grant["subject_kind"], subject_id: string, level: Grant["level"]): Grant {
  return { subject_kind, subject_id, level, subject_name: "Finance" };
}

describe("a step of an explanation", () => {
  const names = new Map([[wordOf(grant("group", FINANCE, "read")), "Finance"]]);
  const step = (question: string, holds: boolean, through: Step["through"] = []): Step => ({
    question,
    holds,
    through,
  });

  it("names the group through which somebody reads", () => {
    const through = [{ subject: `group:${FINANCE.replaceAll("-", "")}`, level: "read" }];
    expect(inWords(en, step("knowledge_base", true, through), names)).toBe(
      "Has access to the knowledge base through the group Finance (read).",
    );
    expect(inWords(de, step("knowledge_base", true, through), names)).toBe(
      "Hat Zugriff auf die Wissensbasis durch die Gruppe Finance (lesen).",
    );
  });

  it("prefers the name that the server gives", () => {
    const through = [{ subject: "department:44", level: "manage", name: "Legal" }];
    expect(inWords(en, step("knowledge_base", true, through), names)).toContain("the department Legal (manage)");
  });

  it("lists several", () => {
    const through = [
      { subject: "user:1", level: "manage" },
      { subject: "tenant:2", level: "read", name: "Acme" },
    ];
    expect(inWords(en, step("knowledge_base", true, through), names)).toContain(
      "their own name (manage), everybody at Acme (read)",
    );
  });

  it("says why not", () => {
    expect(inWords(en, step("tenant", false), names)).toBe("Does not belong to this company.");
    expect(inWords(en, step("knowledge_base", false), names)).toContain("neither to this person");
    expect(inWords(en, step("document", false), names)).toContain("restricted");
  });

  it("tells a document without readers of its own from one that names the person", () => {
    expect(inWords(en, step("document", true), names)).toContain("no readers of its own");
    const through = [{ subject: "user:1", level: "read" }];
    expect(inWords(en, step("document", true, through), names)).toContain("Is named among the readers");
  });
});

describe("one's own right", () => {
  const mine = new Set([wordOf(grant("user", ANNA, "read")), wordOf(grant("group", FINANCE, "read"))]);
  const own = grant("user", ANNA, "manage");
  const team = grant("group", FINANCE, "read");
  const other = grant("user", OTHER, "manage");

  it("is the highest of what names the person", () => {
    expect(levelThrough([own, team], mine)).toBe("manage");
    expect(levelThrough([team], mine)).toBe("read");
    expect(levelThrough([other], mine)).toBeNull();
  });

  it("is warned of before it is lost", () => {
    expect(lossOf([own, other], own, null, mine)).toBe("loseAll");
    expect(lossOf([own, team, other], own, null, mine)).toBe("loseManage");
    expect(lossOf([own, other], own, "read", mine)).toBe("loseManage");
  });

  it("is not warned of when it stays", () => {
    expect(lossOf([own, team, other], team, null, mine)).toBeNull();
    expect(lossOf([own, other], other, null, mine)).toBeNull();
    expect(lossOf([team], team, "manage", mine)).toBeNull();
  });

  it("warns when nobody would be left to manage", () => {
    expect(lossOf([team, other], other, "read", mine)).toBe("lastManager");
  });

  it("comes by name, group, department or company", () => {
    const me = {
      user: { id: ANNA, group_ids: [FINANCE], department_id: OTHER },
      tenant: { id: "t" },
    } as unknown as Parameters<typeof subjectsOf>[0];
    expect([...subjectsOf(me)].map((word) => word.split(":")[0]).sort()).toEqual([
      "department",
      "group",
      "tenant",
      "user",
    ]);
  });
});
