import type { Message, Shown } from "./types";

/** What a person has chosen where a conversation branches: the id of the parent (or "" for the root) → of the child. */
export type Choices = Readonly<Record<string, string>>;

/**
 * The messages of one branch from the first question down. Where nothing was chosen, the newest branch: the one with
 * the latest message in it. `messages` are all of the conversation's, oldest first.
 */
export function branch(messages: readonly Message[], choices: Choices = {}): Shown[] {
  const children = new Map<string, Message[]>();
  for (const message of messages) {
    const parent = message.parent_id ?? "";
    children.set(parent, [...(children.get(parent) ?? []), message]);
  }
  const newest = new Map<string, string>();
  for (const message of [...messages].reverse()) {
    const own = newest.get(message.id) ?? message.created_at;
    const parent = message.parent_id ?? "";
    if (own > (newest.get(parent) ?? "")) newest.set(parent, own);
    newest.set(message.id, own);
  }
  const shown: Shown[] = [];
  for (let parent = ""; ; ) {
    const siblings = children.get(parent);
    if (!siblings?.length) return shown;
    const chosen = siblings.find((one) => one.id === choices[parent]);
    const message = chosen ?? siblings.reduce((a, b) => ((newest.get(b.id) ?? "") >= (newest.get(a.id) ?? "") ? b : a));
    shown.push({ message, siblings });
    parent = message.id;
  }
}

/** The choices that lead to a message, from the first question down; none for one that is not there. */
export function wayTo(messages: readonly Message[], id: string | null): Choices {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const way: Record<string, string> = {};
  for (let message = id ? byId.get(id) : undefined; message; message = byId.get(message.parent_id ?? "")) {
    way[message.parent_id ?? ""] = message.id;
  }
  return way;
}
