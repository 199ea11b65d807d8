import { describe, expect, it } from "vitest";

import type { Grant } from "../types";
import { levelThrough, lossOf, subjectsOf, wordOf } from "./rights";

const ANNA = "11111111-1111-1111-1111-111111111111";
const FINANCE = "22222222-2222-2222-2222-222222222222";
const OTHER = "33333333-3333-3333-3333-333333333333";

function grant(subject_kind: Grant["subject_kind"], subject_id: string, level: Grant["level"]): Grant {
  return { subject_kind, subject_id, level, subject_name: "Finance" };
}

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
