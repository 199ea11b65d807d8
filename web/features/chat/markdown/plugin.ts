import { defaultSchema } from "rehype-sanitize";

interface Node {
  type: string;
  value?: string;
  children?: Node[];
  data?: { hName: string; hProperties: Record<string, string>; hChildren: Node[] };
}

const MARKER = /\[(\d{1,3})\]/g;

/** Turns `[2]` in the text into an element of its own. In code, where brackets mean something else, it stays text. */
export function remarkCitations() {
  return (tree: unknown) => visit(tree as Node);
}

function visit(node: Node): void {
  if (!node.children) return;
  node.children = node.children.flatMap((child) => {
    if (child.type !== "text") {
      visit(child);
      return [child];
    }
    return split(child.value ?? "");
  });
}

function split(text: string): Node[] {
  const found: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(MARKER)) {
    if (match.index > from) found.push({ type: "text", value: text.slice(from, match.index) });
    const number = match[1] ?? "";
    found.push({
      type: "citation",
      data: { hName: "cite", hProperties: { "data-number": number }, hChildren: [{ type: "text", value: match[0] }] },
    });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ type: "text", value: text.slice(from) });
  return found;
}

/** What may stand in an answer. Applied last, after everything else has had its say. */
export const schema: typeof defaultSchema = {
  ...defaultSchema,
  tagNames: [
    "a",
    "blockquote",
    "br",
    "cite",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
  ],
  attributes: {
    a: ["href"],
    cite: ["dataNumber", "data-number"],
    code: [["className", /^language-[\w+#-]{1,30}$/]],
    img: ["alt"],
    input: [["type", "checkbox"], "checked", "disabled"],
    li: [["className", "task-list-item"]],
    ol: ["start"],
    ul: [["className", "contains-task-list"]],
    td: ["align"],
    th: ["align"],
  },
  protocols: { href: ["http", "https", "mailto"] },
  clobberPrefix: "answer-",
};
