const PLAIN =
  /^-?(size|min-w|min-h|max-w|max-h|w|h|p|px|py|pt|pr|pb|pl|m|mx|my|mt|mr|mb|ml|gap|gap-x|gap-y|bg|shadow|opacity|z|top|right|bottom|left|inset|items|justify|leading)-/;
const ROUNDED = /^rounded(-(none|sm|md|lg|xl|\dxl|full|\[.+\]))?$/;
const TEXT_SIZE = /^text-(xs|sm|base|lg|xl|\dxl|\[\d.*\])$/;
const TEXT_OTHER = /^text-(left|center|right|start|end|balance|pretty|wrap|nowrap)$/;
const BORDER_COLOUR = /^border-(?![trblxyse](-|$)|\d|\[\d|solid|dashed|none|collapse|spacing)/;

/** What a wider class takes the place of, besides its own kind. */
const COVERS: Readonly<Record<string, readonly string[]>> = {
  size: ["w", "h"],
  p: ["px", "py", "pt", "pr", "pb", "pl"],
  px: ["pr", "pl"],
  py: ["pt", "pb"],
};

const known = new Map<string, string>();
const MOST = 2_000;

/**
 * Joins class names, leaving out what is false or absent. Of two that say the same thing (`p-5 p-6`, `h-9 size-8`) the
 * later one stays: in a style sheet their order there would decide, which nobody sees.
 */
export function cn(...names: (string | false | null | undefined)[]): string {
  const joined = names.filter(Boolean).join(" ");
  const found = known.get(joined);
  if (found !== undefined) return found;
  const result = settle(joined.split(/\s+/));
  if (known.size >= MOST) known.clear();
  known.set(joined, result);
  return result;
}

function settle(classes: string[]): string {
  const said = new Set<string>();
  const kept: string[] = [];
  for (const name of classes.toReversed()) {
    const at = name.search(/[^:]*$/);
    const [variant, base] = /\[[^\]]*:/.test(name) ? ["", name] : [name.slice(0, at), name.slice(at)];
    const kind = kindOf(base);
    if (kind && said.has(variant + kind)) continue;
    for (const one of kind ? [kind, ...(COVERS[kind] ?? [])] : []) said.add(variant + one);
    kept.push(name);
  }
  return kept.reverse().join(" ");
}

function kindOf(base: string): string | null {
  if (ROUNDED.test(base)) return "rounded";
  if (TEXT_SIZE.test(base)) return "text-size";
  if (TEXT_OTHER.test(base)) return null;
  if (base.startsWith("text-")) return "text";
  if (base.startsWith("border-") && BORDER_COLOUR.test(base)) return "border";
  return PLAIN.exec(base)?.[1] ?? null;
}
