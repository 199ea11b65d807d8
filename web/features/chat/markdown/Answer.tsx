"use client";

import { memo, useMemo } from "react";
import Markdown, { type Components, type Options } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import { useMessages } from "@/lib/i18n";

import { CitationChip } from "../CitationChip";
import { messages } from "../messages";
import type { Citation } from "../types";
import { CodeBlock } from "./CodeBlock";
import { safeTarget } from "./links";
import { blocks, mend } from "./mend";
import { remarkCitations, schema } from "./plugin";

interface AnswerTextProps {
  text: string;
  citations: readonly Citation[];
  isGrowing: boolean;
  onCite: (number: number) => void;
}

/** An answer's Markdown, block by block: only the last one is read again while it grows. */
export function AnswerText({ text, citations, isGrowing, onCite }: AnswerTextProps) {
  const parts = useMemo(() => blocks(text), [text]);
  return (
    <div className="answer space-y-3">
      {parts.map((part, number) => {
        const grows = isGrowing && number === parts.length - 1;
        return (
          <Block
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
            key={number}
            text={grows ? mend(part) : part}
            citations={citations}
            isGrowing={grows}
            onCite={onCite}
          />
        );
      })}
    </div>
  );
}

// One tilde is "about": "~5 to 6~" is not struck.
const REMARK: Options["remarkPlugins"] = [[remarkGfm, { singleTilde: false }], remarkCitations];
// Last of all: whatever came before, only this may reach the page.
const REHYPE: [typeof rehypeSanitize, typeof schema][] = [[rehypeSanitize, schema]];

interface BlockProps {
  text: string;
  citations: readonly Citation[];
  isGrowing: boolean;
  onCite: (number: number) => void;
}

const Block = memo(function Block({ text, citations, isGrowing, onCite }: BlockProps) {
  const t = useMessages(messages);
  const components = useMemo<Components>(() => {
    const sources = new Set(citations.flatMap((one) => (one.source_url ? [one.source_url] : [])));
    return {
      cite: ({ node }) => {
        const number = Number(node?.properties.dataNumber ?? node?.properties["data-number"]);
        const citation = citations.find((one) => one.number === number);
        return citation ? <CitationChip citation={citation} onOpen={() => onCite(number)} /> : `[${number}]`;
      },
      a: ({ href, children }) => {
        const target = safeTarget(href, sources, location.origin);
        if (!target) return <span>{children}</span>;
        return (
          <a href={target} target="_blank" rel="noopener noreferrer" className="text-accent underline">
            {children} <span className="text-muted text-xs">({new URL(target).host})</span>
          </a>
        );
      },
      // A picture's address can carry away what was read; none is ever fetched.
      img: ({ alt }) => <span className="text-muted">{t("image", { text: alt ?? "" })}</span>,
      pre: ({ node }) => {
        const code = node?.children[0];
        const element = code?.type === "element" ? code : null;
        const first = element?.children[0];
        const name = String(element?.properties.className ?? "").replace(/^language-/, "");
        const value = first?.type === "text" ? first.value.replace(/\n$/, "") : "";
        return <CodeBlock code={value} language={name} isGrowing={isGrowing} />;
      },
      code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.85em]">{children}</code>,
      table: ({ children }) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section className="overflow-x-auto rounded-lg border border-line" tabIndex={0} aria-label={t("table")}>
          <table className="w-full text-sm">{children}</table>
        </section>
      ),
      th: ({ children }) => <th className="border-line border-b bg-sunken px-3 py-2 text-left">{children}</th>,
      td: ({ children }) => <td className="border-line border-b px-3 py-2 align-top">{children}</td>,
      blockquote: ({ children }) => (
        <blockquote className="border-accent border-l-2 ps-4 text-text">{children}</blockquote>
      ),
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
  }, [citations, isGrowing, onCite, t]);
  return (
    <Markdown remarkPlugins={REMARK} rehypePlugins={REHYPE} components={components} urlTransform={(url) => url}>
      {text}
    </Markdown>
  );
});
