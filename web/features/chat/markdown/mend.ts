/** The blocks of a Markdown text, so that those that are finished need not be read again while the last one grows. */
export function blocks(text: string): string[] {
  const found: string[] = [];
  let current: string[] = [];
  let fence = "";
  const lines = text.split("\n");
  for (const [number, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence) {
      if (mark?.startsWith(fence) && !line.trim().slice(mark.length)) fence = "";
    } else if (mark) {
      fence = mark;
    }
    current.push(line);
    const next = lines[number + 1];
    // What is indented, or goes on with a list, belongs to what is above the blank line.
    if (!fence && !line.trim() && next !== undefined && !/^(?:\s|[-*+] |\d+[.)] )/.test(next)) {
      found.push(current.join("\n"));
      current = [];
    }
  }
  found.push(current.join("\n"));
  return found.filter((block) => block.trim());
}

/**
 * A block that is still being written, made whole: without this a sentence turns bold, a link unfolds and a fence
 * swallows the page each time a mark is half there.
 */
export function mend(block: string): string {
  const opened = /^ {0,3}(`{3,}|~{3,})/m.exec(block)?.[1];
  if (opened) {
    const fences = block.split("\n").filter((line) => line.trimStart().startsWith(opened)).length;
    return fences % 2 ? `${block}\n${opened}` : block;
  }
  let text = block
    // A marker or a link whose end has not come.
    .replace(/\s?\[\d{0,3}$/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*$/, "$1")
    .replace(/!?\[([^\]\n]*)$/, "$1")
    // Marks that nothing follows yet, at the very end.
    .replace(/(?:\*{1,3}|_{1,3}|~{1,2}|`+)$/, "");
  if (count(text, "`") % 2) text += "`";
  const plain = text.replace(/`[^`]*`/g, "");
  for (const mark of ["**", "~~"]) if (count(plain, mark) % 2) text += mark;
  if (count(plain.replaceAll("**", "").replace(/^\s*\* /gm, ""), "*") % 2) text += "*";
  return text;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
