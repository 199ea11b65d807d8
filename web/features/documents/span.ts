/**
 * The server counts characters as Unicode does (code points); a JavaScript string counts UTF-16 units, of which an
 * emoji has two. `offsets(text)[n]` is where code point n begins.
 */
export function offsets(text: string): number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) found.push(at);
  found.push(text.length);
  return found;
}

export interface Piece {
  text: string;
  marked: boolean;
}

export interface Line {
  /** Where it begins, in code points of the whole version's text. */
  at: number;
  pieces: Piece[];
}

/**
 * The lines of a slice that begins at character `from` of the whole text, with the span `[start, end)` marked: exactly
 * those characters, whatever is around them.
 */
export function lines(slice: string, from: number, start: number, end: number): Line[] {
  const places = offsets(slice);
  const unit = (point: number) => places[Math.max(0, Math.min(places.length - 1, point - from))] ?? slice.length;
  const first = unit(start);
  const last = unit(end);
  const found: Line[] = [];
  let at = 0;
  let point = from;
  for (const text of slice.split("\n")) {
    const stop = at + text.length;
    const a = Math.max(at, Math.min(stop, first));
    const b = Math.max(a, Math.min(stop, last));
    const pieces = [
      { text: slice.slice(at, a), marked: false },
      { text: slice.slice(a, b), marked: true },
      { text: slice.slice(b, stop), marked: false },
    ].filter((piece) => piece.text);
    found.push({ at: point, pieces });
    point += [...text].length + 1;
    at = stop + 1;
  }
  return found;
}
