import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";

import type { Citation } from "../types";
import { AnswerText } from "./Answer";
import { countRemoved } from "./links";
import vectors from "./vectors.json";

function show(text: string, citations: readonly Citation[] = []): HTMLElement {
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <AnswerText text={text} citations={citations} isGrowing={false} onCite={() => undefined} />
    </QueryClientProvider>,
  );
  return container;
}

const links = (box: HTMLElement) => [...box.querySelectorAll("a")].map((link) => link.href);

afterEach(cleanup);

// The server takes these addresses out; what would come through all the same must stop here.
it.each(Object.entries(vectors))("is harmless as the server's list has it: %s", (_, text) => {
  const box = show(text);
  expect(links(box)).toEqual([]);
  expect(
    box.querySelector("img, picture, video, iframe, object, embed, script, style, link, meta, base, form"),
  ).toBeNull();
});

it("links to what stands in a cited passage, and counts what the server has taken out", () => {
  const source = { number: 1, available: true, addresses: ["https://portal.test/leave?year=2026"] } as Citation;
  const text =
    "See <https://portal.test/leave?year=2026> [1], https://portal.test/leave?year=2026&x=1 and a ⟨…⟩ b ⟨…⟩.";
  expect(links(show(text, [source]))).toEqual(["https://portal.test/leave?year=2026"]);
  expect(countRemoved(text)).toBe(2);
});
