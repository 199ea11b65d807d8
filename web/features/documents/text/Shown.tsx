"use client";

import { createContext, Fragment, type ReactNode, type RefObject, useContext } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import type { Block, Levels, Run } from "./blocks";
import { messages } from "./messages";
import { type Piece, pieces, type Slice, type Span } from "./span";

/** What all parts of a text are shown by. */
export interface Showing {
  slice: Slice;
  mark: Span;
  /** The unit of the first marked character that is shown. */
  first: number | null;
  firstMark: RefObject<HTMLElement | null>;
  /** Pages that begin inside of a part: their names, by the unit. */
  breaks: ReadonlyMap<number, string>;
  /** What tables and listings are counted by. */
  numbers: ReadonlyMap<Block, number>;
  levels: ReadonlyMap<Block, ReturnType<Levels["next"]>>;
}

const Context = createContext<Showing | null>(null);
export const ShowingProvider = Context.Provider;

export function useShowing(): Showing {
  const showing = useContext(Context);
  if (!showing) throw new Error("Text is shown inside of ShowingProvider.");
  return showing;
}

/** Runs as they look: elements made of text, never of the document's own markup. */
export function Shown({ runs }: { runs: readonly Run[] }) {
  return runs.map((run) => <ShownRun key={run.start} run={run} />);
}

function ShownRun({ run }: { run: Run }) {
  const t = useMessages(messages);
  const { breaks } = useShowing();
  let shown: ReactNode = cut(run, breaks).map((piece) => (
    <Fragment key={piece.start}>
      {breaks.has(piece.start) && (
        <span className="me-1.5 rounded bg-sunken px-1.5 py-0.5 align-middle font-normal text-muted text-xs">
          {breaks.get(piece.start)}
        </span>
      )}
      <Marked stretch={piece} />
    </Fragment>
  ));
  if (run.code) shown = <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.85em]">{shown}</code>;
  if (run.strong) shown = <strong className="font-semibold">{shown}</strong>;
  if (run.emphasis) shown = <em>{shown}</em>;
  if (run.struck) shown = <s>{shown}</s>;
  if (run.picture) {
    shown = (
      <span className="text-muted italic">
        {t("picture")}
        {shown}
      </span>
    );
  }
  // A document's links are said, not followed: what it wants people to click is not ours to offer.
  if (run.link) {
    shown = (
      <span title={t("leads", { target: run.link })} className="underline decoration-dotted underline-offset-2">
        {shown}
      </span>
    );
  }
  return shown;
}

function cut(run: Span, breaks: ReadonlyMap<number, string>): Span[] {
  const places = [...breaks.keys()].filter((at) => at > run.start && at < run.end).sort((a, b) => a - b);
  return [run.start, ...places].map((start, number) => ({ start, end: places[number] ?? run.end }));
}

function Marked({ stretch }: { stretch: Span }) {
  const { slice, mark, first, firstMark } = useShowing();
  return pieces(stretch, mark).map((piece: Piece) => {
    const text = slice.text.slice(piece.start, piece.end);
    if (!piece.marked) return <Fragment key={piece.start}>{text}</Fragment>;
    const isFirst = piece.start === first;
    return (
      <mark
        key={piece.start}
        ref={isFirst ? firstMark : undefined}
        aria-current={isFirst || undefined}
        className={cn(
          "box-decoration-clone py-0.5 underline decoration-1 decoration-warning underline-offset-4",
          "forced-colors:outline-1 forced-colors:outline-[Highlight]",
          isFirst && "outline-2 outline-accent outline-offset-1 forced-colors:outline-2",
        )}
      >
        {text}
      </mark>
    );
  });
}
