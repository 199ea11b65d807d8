/** A stretch of text, and whether it is one of the words looked for. */
export interface Stretch {
  text: string;
  marked: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/**
 * Cuts a text where words of the question stand, inflected or not. The server says which words it found; this finds
 * their forms by a common beginning, which is enough for the eye.
 */
export function mark(text: string, words: readonly string[]): Stretch[] {
  const stems = words.map(plain).filter(Boolean);
  const found: Stretch[] = [];
  let from = 0;
  for (const match of text.matchAll(WORD)) {
    const word = plain(match[0]);
    if (!stems.some((stem) => alike(stem, word))) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index), marked: false });
    from = match.index + match[0].length;
    found.push({ text: match[0], marked: true });
  }
  if (from < text.length) found.push({ text: text.slice(from), marked: false });
  return found;
}

function alike(stem: string, word: string): boolean {
  if (stem.length <= 4) return word === stem || word === `${stem}s`;
  const shared = stem.slice(0, Math.ceil(stem.length * 0.75));
  return word.startsWith(shared) && Math.abs(word.length - stem.length) <= 4;
}

function plain(word: string): string {
  return word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const ITEM = /^\s*(?:[-*•|>]|\d+[.)])/;

/** A passage without the signs of Markdown headings, and with the lines of a paragraph run together. */
export function readable(text: string): string {
  const paragraphs = text
    .trim()
    .replace(/^#{1,6}\s+/gm, "")
    .split(/\n\s*\n/);
  return paragraphs
    .map((paragraph) =>
      paragraph
        .split("\n")
        .reduce((joined, line) => (ITEM.test(line) ? `${joined}\n${line.trimEnd()}` : `${joined} ${line.trim()}`), "")
        .trim(),
    )
    .join("\n\n");
}
