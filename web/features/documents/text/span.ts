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

/** A stretch of a slice `[start, end)`, in units of its string. */
export interface Span {
  start: number;
  end: number;
}

/** A slice that begins at character `from` of the whole text: between its characters and its string's units. */
export class Slice {
  readonly text: string;
  readonly from: number;
  private readonly places: number[];

  constructor(text: string, from: number) {
    this.text = text;
    this.from = from;
    this.places = offsets(text);
  }

  /** The unit at which a character of the whole text begins; the nearest end of the slice for what is outside of it. */
  unit(character: number): number {
    const last = this.places.length - 1;
    return this.places[Math.max(0, Math.min(last, character - this.from))] ?? this.text.length;
  }

  /** The character of the whole text that begins at a unit. */
  character(unit: number): number {
    let low = 0;
    let high = this.places.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.places[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    return this.from + low;
  }

  span(start: number, end: number): Span {
    return { start: this.unit(start), end: this.unit(Math.max(start, end)) };
  }
}

export interface Piece extends Span {
  marked: boolean;
}

/** A stretch cut where the mark begins and ends: at most three pieces, none empty. */
export function pieces(stretch: Span, mark: Span): Piece[] {
  const first = Math.max(stretch.start, Math.min(stretch.end, mark.start));
  const last = Math.max(first, Math.min(stretch.end, mark.end));
  return [
    { start: stretch.start, end: first, marked: false },
    { start: first, end: last, marked: true },
    { start: last, end: stretch.end, marked: false },
  ].filter((piece) => piece.end > piece.start);
}
