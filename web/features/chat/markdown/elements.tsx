"use client";

import { type ComponentProps, createContext, type ReactNode, use } from "react";
import type { Components, ExtraProps } from "react-markdown";

import { useMessages } from "@/lib/i18n";

import { CitationChip } from "../CitationChip";
import { DoubtMark } from "../doubts/DoubtMark";
import { messages } from "../messages";
import type { Citation, WebCitation } from "../types";
import { WebChip } from "../web/WebChip";
import { CodeBlock } from "./CodeBlock";
import type { Doubtful } from "./doubts";
import { safeTarget } from "./links";

/** What the elements of one block need to know of the answer. */
export interface About {
  citations: readonly Citation[];
  webCitations: readonly WebCitation[];
  /** Addresses of the cited documents and pages, and in the cited passages: no others become links. */
  sources: ReadonlySet<string>;
  /** Its sentences in doubt. */
  doubts: readonly Doubtful[];
  isGrowing: boolean;
  onCite: (number: number) => void;
}

// Handed down by context, so that the components stay the same functions: with new ones React would throw away every
// element of the block whenever a source is added, and with them the focus and an open card.
export const AboutContext = createContext<About>({
  citations: [],
  webCitations: [],
  sources: new Set(),
  doubts: [],
  isGrowing: false,
  onCite: () => undefined,
});

function Cite({ node }: ExtraProps) {
  const { citations, webCitations, onCite } = use(AboutContext);
  const number = Number(node?.properties.dataNumber ?? node?.properties["data-number"]);
  const page = webCitations.find((one) => one.number === number);
  if (page) return <WebChip citation={page} />;
  const citation = citations.find((one) => one.number === number);
  return citation ? <CitationChip citation={citation} onOpen={() => onCite(number)} /> : `[${number}]`;
}

function Doubt({ node, children }: ExtraProps & { children?: ReactNode }) {
  const { doubts } = use(AboutContext);
  const found = doubts[Number(node?.properties.dataDoubt ?? node?.properties["data-doubt"])];
  const isLast = Boolean(node?.properties.dataLast ?? node?.properties["data-last"]);
  if (!found) return children;
  return (
    <DoubtMark finding={found.finding} isLast={isLast}>
      {children}
    </DoubtMark>
  );
}

function Anchor({ href, children }: ComponentProps<"a">) {
  const { sources } = use(AboutContext);
  const target = safeTarget(href, sources, location.origin);
  if (!target) return <span>{children}</span>;
  return (
    <a href={target} target="_blank" rel="noopener noreferrer" className="text-accent underline">
      {children} <span className="text-muted text-xs">({new URL(target).host})</span>
    </a>
  );
}

/** A picture's address can carry away what was read; none is ever fetched. */
function Picture({ alt }: ComponentProps<"img">) {
  const t = useMessages(messages);
  return <span className="text-muted">{t("image", { text: alt ?? "" })}</span>;
}

function Code({ node }: ExtraProps) {
  const { isGrowing } = use(AboutContext);
  const code = node?.children[0];
  const element = code?.type === "element" ? code : null;
  const first = element?.children[0];
  const name = String(element?.properties.className ?? "").replace(/^language-/, "");
  const value = first?.type === "text" ? first.value.replace(/\n$/, "") : "";
  return <CodeBlock code={value} language={name} isGrowing={isGrowing} />;
}

function Table({ children }: ComponentProps<"table">) {
  const t = useMessages(messages);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="overflow-x-auto rounded-lg border border-line" tabIndex={0} aria-label={t("table")}>
      <table className="w-full text-sm">{children}</table>
    </section>
  );
}

export const COMPONENTS: Components = {
  cite: Cite,
  mark: Doubt,
  a: Anchor,
  img: Picture,
  pre: Code,
  code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.85em]">{children}</code>,
  table: Table,
  th: ({ children }) => <th className="border-line border-b bg-sunken px-3 py-2 text-left">{children}</th>,
  td: ({ children }) => <td className="border-line border-b px-3 py-2 align-top">{children}</td>,
  blockquote: ({ children }) => <blockquote className="border-accent border-l-2 ps-4 text-text">{children}</blockquote>,
  ul: ({ children }) => <ul className="list-disc space-y-1 ps-6">{children}</ul>,
  ol: ({ children, start }) => (
    <ol className="list-decimal space-y-1 ps-6" start={start}>
      {children}
    </ol>
  ),
  h1: ({ children }) => <h3 className="pt-2 font-semibold text-lg">{children}</h3>,
  h2: ({ children }) => <h3 className="pt-2 font-semibold text-base">{children}</h3>,
  h3: ({ children }) => <h4 className="pt-1 font-semibold">{children}</h4>,
  h4: ({ children }) => <h5 className="font-semibold">{children}</h5>,
};
