import { defaultSchema } from "rehype-sanitize";

interface Node {
  type: string;
  value?: string;
  /** Of a reference and of its definition: the words in the brackets. */
  label?: string;
  url?: string;
  children?: Node[];
  data?: { hName: string; hProperties: Record<string, string>; hChildren: Node[] };
}

const NUMBER = /^\d{1,3}$/;
const MARKER = /\[(\d{1,3})\]/g;

/**
 * Turns `[2]` in the text into an element of its own. In code and in a link's words, where brackets mean something else,
 * it stays text. HTML is shown as what was written: dropping it would lose `List<String>`, and it is never read as HTML.
 */
export function remarkCitations() {
  return (tree: unknown) => visit(tree as Node, false);
}

function visit(node: Node, isInLink: boolean): void {
  const isFlow = node.type === "root" || node.type === "blockquote" || node.type === "listItem";
  node.children = node.children?.flatMap((child) => {
    if (child.type === "text") return isInLink ? [child] : split(child.value ?? "");
    if (child.type === "html") return markup(child.value ?? "", isFlow, isInLink);
    // `[1]: …` makes every `[1]` a link; an answer that lists its sources this way means its citations.
    if (child.type === "definition" && NUMBER.test(child.label ?? ""))
      return [{ type: "paragraph", children: split(`[${child.label}]: ${child.url ?? ""}`) }];
    if (child.type === "linkReference" && NUMBER.test(child.label ?? "")) {
      visit(child, isInLink);
      const words = child.children ?? [];
      const [only] = words;
      const isBare = words.length === 1 && only?.type === "text" && only.value === child.label;
      return [...(isBare ? [] : words), ...split(`[${child.label}]`)];
    }
    visit(child, isInLink || child.type === "link" || child.type === "linkReference");
    return [child];
  });
}

function markup(text: string, isFlow: boolean, isInLink: boolean): Node[] {
  if (/^<br\s*\/?>$/i.test(text)) return isFlow ? [] : [{ type: "break" }];
  const words = isInLink ? [{ type: "text", value: text }] : split(text);
  return isFlow ? [{ type: "paragraph", children: words }] : words;
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
    "mark",
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
    mark: ["dataDoubt", "data-doubt", "dataLast", "data-last"],
    li: [["className", "task-list-item"]],
    ol: ["start"],
    ul: [["className", "contains-task-list"]],
    td: ["align"],
    th: ["align"],
  },
  protocols: { href: ["http", "https", "mailto"] },
  clobberPrefix: "answer-",
};
