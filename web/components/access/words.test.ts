import { describe, expect, it } from "vitest";

import schema from "@/lib/api/openapi.json";
import { format, LANGUAGES } from "@/lib/i18n";

import { type AccessKey, messages } from "./messages";
import { type Access, type AccessGrant, type AccessStep, behind, stepInWords, verdictInWords } from "./words";

const en = (key: AccessKey, values?: Record<string, string | number>) => format(messages.en[key], values);
const de = (key: AccessKey, values?: Record<string, string | number>) => format(messages.de[key], values);
const date = (iso: string) => iso.slice(0, 10);

const FINANCE: AccessGrant = {
  subject: "group:22",
  subject_id: "22",
  kind: "group",
  name: "Finance",
  level: "read",
  granted_by: "Olga",
  granted_at: "2026-02-01T00:00:00Z",
  member_since: "2026-01-01T00:00:00Z",
};

function step(code: AccessStep["code"], more: Partial<AccessStep> = {}): AccessStep {
  const question = code.split(".")[0] as AccessStep["question"];
  return {
    question,
    code,
    holds: true,
    sentence: "As the server says it.",
    through: [],
    missing: [],
    detail: "",
    note: "",
    at: null,
    ...more,
  };
}

describe("a chain of access", () => {
  it("has words in every language for every code that the server knows", () => {
    const { Code, Verdict } = schema.components.schemas;
    for (const language of Object.keys(LANGUAGES) as (keyof typeof messages)[]) {
      const keys = Object.keys(messages[language]);
      expect(keys).toEqual(expect.arrayContaining(Code.enum.map((code) => `step.${code}`)));
      expect(keys).toEqual(expect.arrayContaining(Verdict.enum.map((verdict) => `document.${verdict}`)));
    }
  });

  it("names the grants through which somebody reads", () => {
    const tenant: AccessGrant = { ...FINANCE, kind: "tenant", name: "Acme", level: "manage", member_since: null };
    expect(stepInWords(en, date, step("knowledge_base.granted", { through: [FINANCE, tenant] }))).toBe(
      "Has access to the knowledge base through the group Finance (read), everybody at Acme (manage).",
    );
    expect(stepInWords(de, date, step("knowledge_base.granted", { through: [FINANCE] }))).toBe(
      "Hat Zugriff auf die Wissensbasis durch die Gruppe Finance (lesen).",
    );
  });

  it("says no more than the server told", () => {
    expect(stepInWords(en, date, step("document.granted"))).toBe("Is among the readers of this restricted document.");
    expect(behind(en, date, { ...FINANCE, granted_by: null, member_since: null })).toEqual([]);
  });

  it("says who granted it and since when", () => {
    expect(behind(de, date, FINANCE)).toEqual(["In Finance seit 2026-01-01.", "Freigegeben von Olga am 2026-02-01."]);
  });

  it("calls whoever is gone so", () => {
    const gone = step("knowledge_base.granted", { through: [{ ...FINANCE, name: "" }] });
    expect(stepInWords(en, date, gone)).toContain("through somebody who is gone");
  });

  it("falls back on the server's words for what it does not know yet", () => {
    expect(stepInWords(en, date, step("tenant.unheard" as AccessStep["code"]))).toBe("As the server says it.");
    const access = { verdict: "unheard", sentence: "So it is.", person: { name: "Ada" } } as unknown as Access;
    expect(verdictInWords(en, access, "document")).toBe("So it is.");
  });
});
