import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";

import { AnswerText } from "./Answer";
import { blocks, mend } from "./mend";

/** Every character that is seen, each with the marks it stands in. Paragraphs and links are no look of their own. */
function seen(text: string, isGrowing: boolean): [string, string][] {
  const box = document.createElement("div");
  box.innerHTML = renderToStaticMarkup(
    <AnswerText text={text} citations={[]} isGrowing={isGrowing} onCite={() => undefined} />,
  );
  const found: [string, string][] = [];
  const visit = (node: Node, place: string) => {
    if (node.nodeType === Node.TEXT_NODE) {
      for (const letter of (node.textContent ?? "").replace(/\s/g, "")) found.push([letter, place]);
      return;
    }
    const name = node.nodeName.toLowerCase();
    const isLook = !["p", "a", "span", "div"].includes(name);
    for (const child of node.childNodes) visit(child, isLook ? `${place}/${name}` : place);
  };
  visit(box, "");
  return found;
}

/** What there is of a text while it comes: no piece of a stream ends inside a character. */
function beginnings(text: string): string[] {
  let begun = "";
  return ["", ...[...text].map((letter) => (begun += letter))];
}

const FINISHED: Record<string, string> = {
  bold: "The **gland nut** holds, **and so** does the seal.",
  "bold in a word": "Use the **pump**s and __both__ of them.",
  italic: "The *first* of _them_ and ***all of it***, with *two **nested** marks*.",
  struck: "It was ~~three~~ four days.",
  arithmetic: "5 * 3 is 15, snake_case_name stays, and 2 < 3 too.",
  "code in a line": "Type `make *all*` or ``a ` b``, then **wait**.",
  fence: 'Do this:\n\n```python\nprint("**no**")\n# [1] | a |\n```\n\nThen **that**.',
  "fence of four": "````markdown\n```\ninside\n```\n````\n\nAfter it.",
  tildes: "~~~\nplain *text*\n~~~\n\nAfter it.",
  "fence in a list": "1. First\n\n   ```bash\n   make serve\n   ```\n\n2. Second **step**\n",
  "code that looks like a fence": "```not a fence``` but **code**.\n\nA second one.",
  table: "Before it.\n\n| Part | Torque |\n|---|---:|\n| **Nut** | 48 [1] |\n| `a_b` | *low* |\n\nAfter it.",
  "table below a line": "Torques:\n| Part | Torque |\n| :-- | --- |\n| Nut | 48 |\n",
  "bars that are no table": "| just one line\n\nand text.",
  links: "See [the **handbook**](https://hub.test/a_(b)?c=*d*) and <https://hub.test/x> or https://hub.test/y_z now.",
  images: "Wow! Look: ![a picture](https://hub.test/p.png) here!",
  citations: "It is 25 days [1]. More [2][3], and many[12].",
  brackets: "An array[index] and [sic] and [a note] stay.",
  lists: "Three:\n\n- one **bold**\n- two\n  - *deep*\n\n* other\n\n1. first\n2. second [1]\n",
  tasks: "- [ ] open\n- [x] done **now**\n",
  headings: "# One\n\n## Two *of* them\n\ntext\n### Three\n",
  quotation: "> said **she**\n> and *he*\n\nAfter it.",
  rule: "Above it.\n\n---\n\nBelow it.",
  escapes: "A \\* star, \\[1] and \\`no code\\`.",
  html: "A line<br>broken, a List<String>, <b>not bold</b> and <img src=x onerror=alert(1)> shown.",
  unicode: "**Größe** „*µm*“ 漢字**かな**と 🙂 *👩‍👩‍👧*.",
};

describe("an answer that is still being written", { timeout: 30_000 }, () => {
  it.each(Object.entries(FINISHED))("shows nothing that is taken back or turns into something else: %s", (_, text) => {
    const whole = seen(text, false);
    for (const begun of beginnings(text)) {
      const part = seen(begun, true);
      expect(part, JSON.stringify(begun)).toEqual(whole.slice(0, part.length));
    }
  });

  it.each(Object.entries(FINISHED))("comes quickly: little is held back of %s", (_, text) => {
    for (const begun of beginnings(text)) {
      const last = blocks(begun).at(-1) ?? "";
      expect(last.length - mend(last).length, JSON.stringify(begun)).toBeLessThan(60);
    }
  });

  it.each(Object.entries(FINISHED))("is left as it is when it is finished: %s", (_, text) => {
    const last = blocks(text).at(-1) ?? "";
    expect(mend(last)).toBe(last);
  });

  it("says nothing of code before its language is known", () => {
    expect(mend("Look:\n\n```pyth")).toBe("Look:\n");
    expect(mend("```python\nprint(1)\n``")).toBe("```python\nprint(1)\n```");
  });

  it("does not wait for ever for a bracket or an address that does not end", () => {
    const long = "word ".repeat(80);
    expect(mend(`[${long}end`)).toContain("word word");
    expect(mend(`[a](${"x".repeat(3_000)}`)).toContain("xxx");
    expect(mend(`x <${long}`)).toContain("word word");
  });

  it("takes its time only once, however long it is", () => {
    const text = `${"**a** *b* `c` [1] [d](e) ".repeat(4_000)}**end`;
    const from = performance.now();
    expect(mend(text)).toBe(`${text}**`);
    for (const one of ["[", "*a ", "`a ``b ", "<a", "![", "~~", "_a"]) mend(one.repeat(5_000));
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe("blocks", () => {
  it("keeps together what belongs together", () => {
    expect(blocks("a\n\nb")).toEqual(["a\n", "b"]);
    expect(blocks("- a\n\n- b\n\n  more\n\nnext")).toEqual(["- a\n\n- b\n\n  more\n", "next"]);
    expect(blocks("```\na\n\nb\n```\n\nnext")).toEqual(["```\na\n\nb\n```\n", "next"]);
    expect(blocks("````\n```\n\na\n````\n\nnext")).toEqual(["````\n```\n\na\n````\n", "next"]);
  });

  it("finds nothing in nothing", () => {
    expect(blocks("")).toEqual([]);
    expect(blocks(" \n\n \n")).toEqual([]);
  });

  it.each(Object.entries(FINISHED))("are the same text: %s", (_, text) => {
    expect(blocks(text).join("\n").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
  });
});
