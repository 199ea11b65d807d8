import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { SLICE } from "../queries";
import { type Format, read } from "./read";
import { Slice } from "./span";

type Text = Schemas["TextOut"];
type Read = (from: number, to: number) => Promise<Text>;

/** A slice that neither begins nor ends inside of a line. */
export interface Lines extends Text {
  /** Whether it begins with a part of the text: not with a later row of a table, or line of a paragraph. */
  isWhole: boolean;
}

/** So often more is read because a line has not ended; lines that are longer than that are cut. */
const TRIES = 5;
/** Up to here a text is read from its beginning, so that its headings and tables are known. */
const NEAR = 30_000;
/** As above, for texts whose lines mean nothing without those before: fences, line numbers. */
const FAR = 150_000;

/**
 * The lines of `[from, to)`: what is cut at its ends is left out, or read as a whole where `keep` reaches into it.
 * `fixed` ends are ends of lines already.
 */
export async function readLines(
  source: Read,
  from: number,
  to: number,
  keep: { start: number; end: number },
  fixed: "start" | "end" | "none" = "none",
): Promise<Lines> {
  let first = from;
  let last = to;
  for (let tries = 1; ; tries += 1) {
    const found = await source(first, last);
    const slice = new Slice(found.text, found.start);
    const isLast = tries === TRIES;
    let start: Cut | null = { at: 0, isWhole: found.start === 0 };
    let end: number | null = found.text.length;
    if (fixed !== "start" && found.start > 0) start = beginning(found.text, slice.unit(keep.start));
    if (fixed !== "end" && found.end < found.length) end = ending(found.text, slice.unit(keep.end));
    if (isLast) {
      start ??= { at: 0, isWhole: false };
      end ??= found.text.length;
    }
    if (start && end !== null && (end > start.at || isLast)) {
      return {
        ...found,
        text: found.text.slice(start.at, end),
        start: slice.character(start.at),
        end: slice.character(end),
        isWhole: start.isWhole,
      };
    }
    if (!start) first = Math.max(0, first - SLICE);
    else last += SLICE;
  }
}

interface Cut {
  at: number;
  isWhole: boolean;
}

/** The first place up to `limit` where a part of the text begins, or else a line. */
function beginning(text: string, limit: number): Cut | null {
  const part = text.indexOf("\n\n");
  if (part >= 0 && part + 2 <= limit) return { at: part + 2, isWhole: true };
  const line = text.indexOf("\n");
  return line >= 0 && line + 1 <= limit ? { at: line + 1, isWhole: false } : null;
}

/** The last place from `limit` on where a part of the text ends, or else a line. */
function ending(text: string, limit: number): number | null {
  const part = text.lastIndexOf("\n\n");
  if (part >= 0 && part + 2 >= limit) return part + 2;
  const line = text.lastIndexOf("\n");
  return line >= 0 && line + 1 >= limit ? line + 1 : null;
}

type Wanted = { side: "all" } | { side: "before" | "after"; at: number; versionId: string };

/** The stored text around a span, which grows at both ends by whole lines. */
export function useLines(id: string, versionId: string | undefined, start: number, end: number, format: Format) {
  return useInfiniteQuery({
    queryKey: ["documents", "lines", id, versionId ?? "", start, end, format],
    staleTime: Number.POSITIVE_INFINITY,
    initialPageParam: { side: "all" } as Wanted,
    queryFn: ({ pageParam: wanted }) => {
      if (wanted.side === "all") {
        const near = format === "code" || format === "markdown" ? FAR : NEAR;
        const from = start <= near ? 0 : start - SLICE / 4;
        return readLines(reading(id, versionId), from, Math.max(start, end) + SLICE, { start, end });
      }
      const source = reading(id, wanted.versionId);
      const { at } = wanted;
      if (wanted.side === "after") return readLines(source, at, at + SLICE, { start: at, end: at }, "start");
      return readLines(source, Math.max(0, at - SLICE), at, { start: at - 1, end: at }, "end");
    },
    getPreviousPageParam: (first): Wanted | undefined =>
      first.start > 0 ? { side: "before", at: first.start, versionId: first.version_id } : undefined,
    getNextPageParam: (last): Wanted | undefined =>
      last.end < last.length ? { side: "after", at: last.end, versionId: last.version_id } : undefined,
    select: ({ pages }) => joined(pages),
  });
}

/** Slices that follow one another as one. */
export function joined(slices: readonly Lines[]) {
  const pages = new Map(slices.flatMap((slice) => slice.pages).map((page) => [page.number, page]));
  const text = slices.map((slice) => slice.text).join("");
  return {
    slice: new Slice(text, slices[0]?.start ?? 0),
    end: slices.at(-1)?.end ?? 0,
    length: slices.at(-1)?.length ?? 0,
    isWhole: slices[0]?.isWhole ?? true,
    pages: [...pages.values()].sort((one, other) => one.start - other.start),
  };
}

export type Joined = ReturnType<typeof joined>;

/** The names of a table's columns where they stand: at the beginning of a sheet of which a later part is shown. */
export function useColumns(id: string, versionId: string | undefined, at: number, columns: number, enabled: boolean) {
  return useQuery({
    queryKey: ["documents", "columns", id, versionId ?? "", at, columns],
    staleTime: Number.POSITIVE_INFINITY,
    enabled,
    queryFn: async (): Promise<string[] | null> => {
      const { text } = await reading(id, versionId)(at, at + SLICE / 2);
      const table = read(text, "sheet", true).find((block) => block.kind === "table");
      // Another table further down may have other names; they are not guessed.
      if (!table?.head || table.columns !== columns) return null;
      return table.head.cells.map((cell) => cell.map((run) => text.slice(run.start, run.end)).join(""));
    },
  });
}

function reading(id: string, versionId: string | undefined): Read {
  return (start, end) =>
    unwrap(
      api.GET("/api/documents/{document_id}/text", {
        params: { path: { document_id: id }, query: { start, end, ...(versionId ? { version_id: versionId } : {}) } },
      }),
    );
}
