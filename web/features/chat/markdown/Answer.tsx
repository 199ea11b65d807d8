"use client";

import { memo, useMemo } from "react";
import Markdown, { type Options } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import type { Citation, Finding, WebCitation } from "../types";
import { type Doubtful, doubtsOf, isSame, remarkDoubts } from "./doubts";
import { type About, AboutContext, COMPONENTS } from "./elements";
import { blocks, mend } from "./mend";
import { remarkCitations, schema } from "./plugin";

interface AnswerTextProps {
  text: string;
  citations: readonly Citation[];
  webCitations?: readonly WebCitation[];
  /** Of its sentences, whether they stand in what they cite. */
  findings?: readonly Finding[];
  isGrowing: boolean;
  onCite: (number: number) => void;
}

const NONE: readonly Finding[] = [];
const NO_WEB: readonly WebCitation[] = [];
const UNDOUBTED: readonly Doubtful[] = [];

/** An answer's Markdown, block by block: only the last one is read again while it grows. */
export function AnswerText(props: AnswerTextProps) {
  const { text, citations, webCitations = NO_WEB, findings = NONE, isGrowing, onCite } = props;
  const parts = useMemo(() => blocks(text), [text]);
  // What the server stores, and counts in, has no blanks before it.
  const doubts = useMemo(
    () => doubtsOf(text, parts, findings, text.length - text.trimStart().length),
    [text, parts, findings],
  );
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
            webCitations={webCitations}
            doubts={doubts[number] ?? UNDOUBTED}
            isGrowing={grows}
            onCite={onCite}
          />
        );
      })}
    </div>
  );
}

// One tilde is "about": "~5 to 6~" is not struck.
const GFM: NonNullable<Options["remarkPlugins"]>[number] = [remarkGfm, { singleTilde: false }];
const REMARK: Options["remarkPlugins"] = [GFM, remarkCitations];
// Last of all: whatever came before, only this may reach the page.
const REHYPE: [typeof rehypeSanitize, typeof schema][] = [[rehypeSanitize, schema]];

interface BlockProps {
  text: string;
  citations: readonly Citation[];
  webCitations: readonly WebCitation[];
  doubts: readonly Doubtful[];
  isGrowing: boolean;
  onCite: (number: number) => void;
}

function PlainBlock({ text, citations, webCitations, doubts, isGrowing, onCite }: BlockProps) {
  const about = useMemo<About>(
    () => ({
      citations,
      webCitations,
      sources: new Set([
        ...citations.flatMap((one) => [...(one.source_url ? [one.source_url] : []), ...(one.addresses ?? [])]),
        ...webCitations.map((one) => one.url),
      ]),
      doubts,
      isGrowing,
      onCite,
    }),
    [citations, webCitations, doubts, isGrowing, onCite],
  );
  const plugins = useMemo(() => (doubts.length ? [GFM, [remarkDoubts, doubts], remarkCitations] : REMARK), [doubts]);
  return (
    <AboutContext value={about}>
      <Markdown
        remarkPlugins={plugins as Options["remarkPlugins"]}
        rehypePlugins={REHYPE}
        components={COMPONENTS}
        urlTransform={(url) => url}
      >
        {text}
      </Markdown>
    </AboutContext>
  );
}

// The lists of what is in doubt are made anew with every word that arrives, and mostly say what they said before.
const Block = memo(PlainBlock, ({ doubts, ...before }, { doubts: later, ...after }) => {
  const names = Object.keys(after) as (keyof typeof after)[];
  return isSame(doubts, later) && names.every((name) => before[name] === after[name]);
});
