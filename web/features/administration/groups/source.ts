export type Source = "local" | "scim" | "provider";

/** Who looks after a group; whatever is neither ours nor the directory's comes from signing in. */
export function sourceOf(group: { source: string }): Source {
  return group.source === "local" || group.source === "scim" ? group.source : "provider";
}
