const SPACE = /\s/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
/** As long a link may be and still be waited for; what is longer was none. */
const LONGEST_LABEL = 300;
const LONGEST_ADDRESS = 2_000;

interface Mark {
  text: string;
  /** Where what it marks begins. */
  end: number;
}

/** How far the text can be told, and the emphasis that stands open there. */
interface Told {
  end: number;
  open: Mark[];
}

/** A paragraph that is still being written: what stands open is closed, what may yet become something else waits. */
export function mendInline(text: string): string {
  const { end, open } = scan(text);
  let kept = text.slice(0, end);
  if (end === text.length && !open.length) return kept;
  kept = kept.trimEnd();
  // A mark that nothing stands behind yet would only be a mark.
  for (let last = open.at(-1); last && last.end >= kept.length; last = open.at(-1)) {
    kept = kept.slice(0, last.end - last.text.length).trimEnd();
    open.pop();
  }
  const ends = open.map((mark) => mark.text).reverse();
  // Beside a mark of its own kind the end of code would be another mark.
  return `${kept}${ends[0]?.startsWith("`") && kept.endsWith("`") ? " " : ""}${ends.join("")}`;
}

function scan(text: string): Told {
  const open: Mark[] = [];
  let at = 0;
  while (at < text.length) {
    const next = step(text, at, open);
    if (next === "wait") return { end: at, open };
    if (next === "code") return { end: text.length, open };
    at = next;
  }
  return { end: text.length, open };
}

/** Where to go on after the mark at `at`, or that nothing from it on can be told yet. */
function step(text: string, at: number, open: Mark[]): number | "wait" | "code" {
  switch (text[at]) {
    case "\\":
      return at + 1 < text.length ? at + 2 : "wait";
    case "`":
      return code(text, at, open);
    case "!": {
      const begins = at === 0 || SPACE.test(text[at - 1] ?? "");
      if (at + 1 === text.length) return begins ? "wait" : at + 1;
      if (text[at + 1] !== "[") return at + 1;
      return link(text, at + 1);
    }
    case "[":
      return link(text, at);
    case "<":
      return /^<[^\s<>]*$/.test(text.slice(at)) ? "wait" : at + 1;
    case "*":
    case "_":
    case "~":
      return emphasis(text, at, open);
    default:
      return at + 1;
  }
}

function runAt(text: string, at: number): string {
  let end = at;
  while (text[end] === text[at]) end += 1;
  return text.slice(at, end);
}

function code(text: string, at: number, open: Mark[]): number | "wait" | "code" {
  const fence = runAt(text, at);
  const from = at + fence.length;
  if (from === text.length) return "wait";
  for (let end = from; end < text.length; end += 1) {
    if (text[end] !== "`") continue;
    const run = runAt(text, end);
    if (run.length === fence.length) return end + run.length;
    end += run.length - 1;
  }
  // Fewer than it takes may be the beginning of its end.
  const rest = /`*$/.exec(text.slice(from))?.[0] ?? "";
  if (rest && rest.length < fence.length) return "wait";
  open.push({ text: fence, end: from });
  return "code";
}

/** A citation or a link: shown at once when it is there, else not before. A task's box waits for its words. */
function link(text: string, at: number): number | "wait" {
  const rest = text.slice(at);
  const label = /^\[(?:[^[\]\\]|\\.|\[[^[\]]*\])*\]/s.exec(rest)?.[0];
  if (!label) return rest.length < LONGEST_LABEL && !rest.includes("\n\n") ? "wait" : at + 1;
  const after = rest.slice(label.length);
  if (/^\[\d{1,3}\]$/.test(label) && !after) return at + label.length;
  if (!after || (/^\[[ xX]\]$/.test(label) && !after.trim())) return "wait";
  if (!after.startsWith("(")) return at + 1;
  const address = /^\((?:[^()\\]|\\.|\([^()]*\))*\)/s.exec(after)?.[0];
  if (address) return at + label.length + address.length;
  return after.length < LONGEST_ADDRESS && !after.includes("\n") ? "wait" : at + 1;
}

function emphasis(text: string, at: number, open: Mark[]): number | "wait" {
  const run = runAt(text, at);
  const end = at + run.length;
  const [before = " ", after = " "] = [text[at - 1], text[end]];
  const last = open.at(-1);
  const ofIts = last && last.text[0] === run[0] ? last : undefined;
  if (end === text.length) {
    if (!ofIts || SPACE.test(before) || run.length < ofIts.text.length) return "wait";
  }
  if (run[0] === "~" && run.length !== 2) return end;
  const opens = flanks(after, before) && (run[0] !== "_" || !flanks(before, after) || PUNCTUATION.test(before));
  const closes = flanks(before, after) && (run[0] !== "_" || !flanks(after, before) || PUNCTUATION.test(after));
  let left = run.length;
  while (closes && left > 0) {
    const mark = open.at(-1);
    if (!mark || mark.text[0] !== run[0]) break;
    if (mark.text.length > left) {
      mark.text = mark.text.slice(left);
      left = 0;
    } else {
      left -= mark.text.length;
      open.pop();
    }
  }
  if (opens && left > 0) open.push({ text: run.slice(0, left), end });
  return end;
}

/** Whether a run of marks hugs `inner`, by CommonMark's rules; `outer` stands on its other side. */
function flanks(inner: string, outer: string): boolean {
  return !SPACE.test(inner) && (!PUNCTUATION.test(inner) || SPACE.test(outer) || PUNCTUATION.test(outer));
}
