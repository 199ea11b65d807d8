import type { Translate } from "@/lib/i18n";

import type { AccessKey } from "./messages";

/** Why somebody can or cannot read, as the server answers: questions in their order, a no ends them. */
export interface Explanation {
  readable: boolean;
  steps: readonly Step[];
}

export interface Step {
  question: string;
  holds: boolean;
  /** The grants that name the person, or what they belong to. */
  through: readonly { subject: string; level: string; name?: string | null }[];
}

const THROUGH: Readonly<Record<string, AccessKey>> = {
  user: "throughUser",
  group: "throughGroup",
  department: "throughDepartment",
  tenant: "throughTenant",
};

/** A step as a sentence. `names` by the subject's word, for those that the server did not name. */
export function inWords(t: Translate<AccessKey>, step: Step, names: ReadonlyMap<string, string>): string {
  const through = step.through
    .map(({ subject, level, name }) => {
      const kind = subject.split(":")[0] ?? "";
      const called = name || names.get(subject) || "";
      const key = THROUGH[kind] ?? "throughUser";
      return t(key, { name: called, level: t(level === "manage" ? "levelManage" : "levelRead") });
    })
    .join(", ");
  switch (step.question) {
    case "tenant":
      return t(step.holds ? "step.tenant.yes" : "step.tenant.no");
    case "document":
      if (!step.holds) return t("step.document.no");
      return through ? t("step.document.yes", { through }) : t("step.document.inherited");
    default:
      return step.holds ? t("step.knowledge_base.yes", { through }) : t("step.knowledge_base.no");
  }
}
