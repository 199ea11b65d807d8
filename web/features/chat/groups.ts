import type { Conversation } from "./types";

export type Group = "pinned" | "today" | "yesterday" | "week" | "month" | "older";

/** Conversations under the day they were last used, pinned ones first; groups without any are left out. */
export function groupByDate(items: readonly Conversation[], now = new Date()): [Group, Conversation[]][] {
  // Counted by the calendar: a day may have 23 hours, or 25.
  const midnight = (daysAgo: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo).getTime();
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
    else if (used >= midnight(0)) groups.today.push(item);
    else if (used >= midnight(1)) groups.yesterday.push(item);
    else if (used >= midnight(7)) groups.week.push(item);
    else if (used >= midnight(30)) groups.month.push(item);
    else groups.older.push(item);
  }
  return (Object.entries(groups) as [Group, Conversation[]][]).filter(([, found]) => found.length > 0);
}
