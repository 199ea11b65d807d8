"use client";

import { memo, useMemo } from "react";
import Markdown, { type Options } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import type { Citation } from "../types";
import { type About, AboutContext, COMPONENTS } from "./elements";
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
  const about = useMemo<About>(
    () => ({
      citations,
      sources: new Set(citations.flatMap((one) => (one.source_url ? [one.source_url] : []))),
      isGrowing,
      onCite,
    }),
    [citations, isGrowing, onCite],
  );
  return (
    <AboutContext value={about}>
      <Markdown remarkPlugins={REMARK} rehypePlugins={REHYPE} components={COMPONENTS} urlTransform={(url) => url}>
        {text}
      </Markdown>
    </AboutContext>
  );
});
