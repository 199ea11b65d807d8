import { describe, expect, it } from "vitest";

import { branch, type Choices } from "./tree";
import type { Message } from "./types";

/** `id<parent@time`, oldest first. */
function tree(...shapes: string[]): Message[] {
  return shapes.map((shape, number) => {
    const [, id, parent, time] = /^(\w+)(?:<(\w+))?(?:@(\d+))?$/.exec(shape) ?? [];
    const created_at = new Date(Date.UTC(2026, 0, 1, 0, Number(time ?? number))).toISOString();
    return { id, parent_id: parent ?? null, created_at } as Message;
  });
}

const path = (messages: Message[], choices?: Choices) =>
  branch(messages, choices).map(({ message, siblings }) => {
    const at = siblings.indexOf(message) + 1;
    return siblings.length > 1 ? `${message.id} ${at}/${siblings.length}` : message.id;
  });

describe("branch", () => {
  it("is the conversation itself where nothing branches", () => {
    expect(path([])).toEqual([]);
    expect(path(tree("q", "a<q", "r<a", "b<r"))).toEqual(["q", "a", "r", "b"]);
  });

  it("is the newest one, by what is deepest in it", () => {
    expect(path(tree("q", "a<q", "b<q"))).toEqual(["q", "b 2/2"]);
    // The elder branch went on after the younger one.
    expect(path(tree("q", "a<q", "b<q", "r<a", "c<r"))).toEqual(["q", "a 1/2", "r", "c"]);
  });

  it("branches at the first question too", () => {
    const all = tree("q", "a<q", "p", "b<p");
    expect(path(all)).toEqual(["p 2/2", "b"]);
    expect(path(all, { "": "q" })).toEqual(["q 1/2", "a"]);
  });

  it("is what was chosen, and below it the newest again", () => {
    const all = tree("q", "a<q", "b<q", "r<a", "c<r", "d<r");
    expect(path(all, { q: "b" })).toEqual(["q", "b 2/2"]);
    expect(path(all, { q: "a", r: "c" })).toEqual(["q", "a 1/2", "r", "c 1/2"]);
    expect(path(all, { q: "gone" })).toEqual(["q", "a 1/2", "r", "d 2/2"]);
  });

  it("takes the later of two at the same moment", () => {
    expect(path(tree("q@0", "a<q@1", "b<q@1"))).toEqual(["q", "b 2/2"]);
  });

  it("is not led astray by a message whose parent is not there", () => {
    expect(path(tree("q", "a<q", "lost<gone", "more<lost"))).toEqual(["q", "a"]);
  });

  it("comes to an end where messages hang in a ring, and is quick where there are many", () => {
    expect(path(tree("q", "a<b", "b<a", "c<c"))).toEqual(["q"]);
    const long = tree("m0", ...Array.from({ length: 5_000 }, (_, number) => `m${number + 1}<m${number}`));
    const wide = tree("q", ...Array.from({ length: 5_000 }, (_, number) => `w${number}<q`));
    const from = performance.now();
    expect(path(long)).toHaveLength(5_001);
    expect(path(wide)).toEqual(["q", "w4999 5000/5000"]);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
