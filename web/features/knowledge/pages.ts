import type { InfiniteData } from "@tanstack/react-query";

import type { Page } from "./types";

interface Identified {
  id: string;
}

/**
 * The pages of a list one after the other. An item that moved while the pages were read can be on two of them: the one
 * that was read last is the present one, and it is shown once, at its first place.
 */
export function flatten<T extends Identified>(data: InfiniteData<Page<T>> | undefined): T[] {
  const found = new Map<string, T>();
  for (const page of data?.pages ?? []) for (const item of page.items) found.set(item.id, item);
  return [...found.values()];
}

export function nextCursor<T>(page: Page<T>): string | undefined {
  return page.next_cursor ?? undefined;
}

/** The same pages with what has changed in its place, and without what is gone. */
export function patch<T extends Identified>(
  data: InfiniteData<Page<T>>,
  changed: readonly T[],
  removed: readonly string[],
): InfiniteData<Page<T>> {
  const present = new Map(changed.map((item) => [item.id, item]));
  const gone = new Set(removed);
  return {
    ...data,
    pages: data.pages.map((page) => ({
      ...page,
      items: page.items.filter((item) => !gone.has(item.id)).map((item) => present.get(item.id) ?? item),
    })),
  };
}
