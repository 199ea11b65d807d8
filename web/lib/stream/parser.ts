/** One event of a `text/event-stream`. `data` is its JSON. */
export interface StreamEvent {
  id: string;
  event: string;
  data: unknown;
}

/**
 * Takes a stream apart as it comes: network pieces end anywhere, in the middle of a line or of a character.
 *
 * Follows the specification of event streams (WHATWG HTML): lines end in CR, LF or both, comments begin with a colon,
 * an event without data is none, and one that the end of the stream cuts off is thrown away.
 */
export class EventParser {
  private readonly decoder = new TextDecoder();
  private rest = "";
  private id = "";
  private kind = "";
  private data: string[] = [];
  private started = false;

  /** The events that this piece completes. */
  push(piece: Uint8Array): StreamEvent[] {
    let text = this.rest + this.decoder.decode(piece, { stream: true });
    if (!this.started && text) {
      this.started = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const found: StreamEvent[] = [];
    let from = 0;
    for (;;) {
      const end = text.slice(from).search(/[\r\n]/);
      if (end < 0) break;
      const at = from + end;
      // A CR at the very end may be the first half of CRLF: it waits for what follows.
      if (text[at] === "\r" && at + 1 === text.length) break;
      const event = this.line(text.slice(from, at));
      if (event) found.push(event);
      from = at + (text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1);
    }
    this.rest = text.slice(from);
    return found;
  }

  private line(line: string): StreamEvent | null {
    if (!line) return this.dispatch();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.kind = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): StreamEvent | null {
    const { kind, data } = this;
    this.kind = "";
    this.data = [];
    if (!data.length) return null;
    return { id: this.id, event: kind || "message", data: JSON.parse(data.join("\n")) };
  }
}
