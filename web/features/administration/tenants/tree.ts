/** What a tree is made of. */
export interface Part {
  id: string;
  parent_id: string | null;
  name: string;
}

export interface Branch<One extends Part> {
  one: One;
  below: readonly Branch<One>[];
}

/** Each below its parent; whose parent is not there stands at the top, so that nothing is lost. */
export function treeOf<One extends Part>(parts: readonly One[]): readonly Branch<One>[] {
  const known = new Set(parts.map((part) => part.id));
  const below = new Map<string | null, One[]>();
  for (const part of parts) {
    const parent = part.parent_id && known.has(part.parent_id) ? part.parent_id : null;
    below.set(parent, [...(below.get(parent) ?? []), part]);
  }
  const branches = (parent: string | null): readonly Branch<One>[] =>
    (below.get(parent) ?? []).map((one) => ({ one, below: branches(one.id) }));
  return branches(null);
}

/** Where a part may be moved: anywhere but below itself. By depth, for a list that shows it. */
export function placesFor<One extends Part>(
  parts: readonly One[],
  moved: string,
): readonly { one: One; depth: number }[] {
  const places: { one: One; depth: number }[] = [];
  const walk = (branches: readonly Branch<One>[], depth: number) => {
    for (const { one, below } of branches) {
      if (one.id === moved) continue;
      places.push({ one, depth });
      walk(below, depth + 1);
    }
  };
  walk(treeOf(parts), 0);
  return places;
}
