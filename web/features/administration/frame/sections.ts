import type { Schemas } from "@/lib/api/client";

type Permission = Schemas["Me"]["permissions"][number];

/** A page of the administration, and what it takes to see it. The server decides; this spares people refusals. */
export interface Section {
  key:
    | "people"
    | "organisation"
    | "groups"
    | "roles"
    | "tenants"
    | "provisioning"
    | "feedback"
    | "models"
    | "tools"
    | "prompts"
    | "conversations"
    | "documents"
    | "diagnostics";
  href: string;
  permission: Permission;
}

export const SECTIONS: readonly Section[] = [
  { key: "people", href: "/admin/users/", permission: "users.read" },
  { key: "organisation", href: "/admin/organisation/", permission: "structure.manage" },
  { key: "groups", href: "/admin/groups/", permission: "structure.manage" },
  { key: "roles", href: "/admin/roles/", permission: "structure.manage" },
  { key: "provisioning", href: "/admin/provisioning/", permission: "users.manage" },
  { key: "feedback", href: "/admin/feedback/", permission: "feedback.review" },
  { key: "models", href: "/admin/models/", permission: "models.manage" },
  { key: "prompts", href: "/admin/prompts/", permission: "models.manage" },
  { key: "tools", href: "/admin/tools/", permission: "tools.manage" },
  { key: "conversations", href: "/admin/conversations/", permission: "structure.manage" },
  { key: "documents", href: "/admin/documents/", permission: "structure.manage" },
  { key: "diagnostics", href: "/admin/diagnostics/", permission: "structure.manage" },
  { key: "tenants", href: "/admin/tenants/", permission: "tenants.manage" },
];

export function sectionsOf(permissions: readonly Permission[] | undefined): readonly Section[] {
  return SECTIONS.filter((section) => permissions?.includes(section.permission));
}

/** The section that a path belongs to, with what lies below it. */
export function sectionAt(pathname: string): Section | undefined {
  const path = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return SECTIONS.find((section) => path.startsWith(section.href));
}
