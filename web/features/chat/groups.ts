import type { Conversation } from "./types";

export type Group = "pinned" | "today" | "yesterday" | "week" | "month" | "older";

const DAY = 86_400_000;

/** Conversations under the day they were last used, pinned ones first; groups without any are left out. */
export function groupByDate(items: readonly Conversation[], now = new Date()): [Group, Conversation[]][] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const groups: Record<Group, Conversation[]> = {
    pinned: [],
    today: [],
    yesterday: [],
    week: [],
    month: [],
    older: [],
  };
  for (const item of items) {
    const used = new Date(item.updated_at).getTime();
    if (item.pinned) groups.pinned.push(item);
    else if (used >= midnight) groups.today.push(item);
    else if (used >= midnight - DAY) groups.yesterday.push(item);
    else if (used >= midnight - 7 * DAY) groups.week.push(item);
    else if (used >= midnight - 30 * DAY) groups.month.push(item);
    else groups.older.push(item);
  }
  return (Object.entries(groups) as [Group, Conversation[]][]).filter(([, found]) => found.length > 0);
}
