"use client";

import { type RefObject, useMemo } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { Blocks } from "./Blocks";
import type { Table } from "./blocks";
import type { Group, Layout } from "./layout";
import { messages } from "./messages";
import { type Showing, ShowingProvider, Shown, useShowing } from "./Shown";
import type { Slice } from "./span";
import { Columns } from "./TableBlock";

interface GroupsProps {
  layout: Layout;
  slice: Slice;
  firstMark: RefObject<HTMLElement | null>;
  /** Slides and sheets have a heading each; pages have a line between them. */
  isTitled: boolean;
  isDeck: boolean;
  columns: { table: Table | null; names: readonly string[] | null };
}

export function Groups({ layout, slice, firstMark, isTitled, isDeck, columns }: GroupsProps) {
  const t = useMessages(messages);
  const showing = useMemo<Showing>(() => {
    const breaks = [...layout.breaks].map(([at, page]) => [at, page?.label || t("page", { page: page?.number ?? 0 })]);
    return { ...layout, slice, firstMark, breaks: new Map(breaks as [number, string][]) };
  }, [layout, slice, firstMark, t]);
  return (
    <ShowingProvider value={showing}>
      <Columns.Provider value={columns}>
        <div className={isDeck ? "space-y-5" : "space-y-8"}>
          {layout.groups.map((group) => (
            <div
              key={group.page?.number ?? 0}
              className={cn(
                isDeck && group.page && "rounded-xl border border-line bg-raised px-5 py-4 sm:px-7 sm:py-6",
              )}
            >
              <GroupBody group={group} isTitled={isTitled} isDeck={isDeck} />
            </div>
          ))}
        </div>
      </Columns.Provider>
    </ShowingProvider>
  );
}

function GroupBody({
  group: { page, blocks },
  isTitled,
  isDeck,
}: {
  group: Group;
  isTitled: boolean;
  isDeck: boolean;
}) {
  const t = useMessages(messages);
  if (!page) return <Blocks blocks={blocks} />;
  if (!isTitled) {
    return (
      <>
        <p className="mb-3 border-line [&+*]:mt-0 border-t pt-2 text-muted text-xs">
          {page.label || t("page", { page: page.number })}
        </p>
        <Blocks blocks={blocks} />
      </>
    );
  }
  if (isDeck) {
    return (
      <>
        <h3 className="mb-1.5 text-muted text-xs [&+*]:mt-0">{t("slide", { page: page.number })}</h3>
        <Blocks blocks={blocks} />
      </>
    );
  }
  return <Sheet name={page.label || t("page", { page: page.number })} blocks={blocks} />;
}

/** A sheet's name is stored as the line above its rows: that line is its heading. */
function Sheet({ name, blocks }: { name: string; blocks: Group["blocks"] }) {
  const t = useMessages(messages);
  const { slice } = useShowing();
  const [first, ...rest] = blocks;
  const words =
    first?.kind === "heading" ? first.runs.map((run) => slice.text.slice(run.start, run.end)).join("") : null;
  const own = first?.kind === "heading" && words === name ? first : null;
  return (
    <>
      <h3 className="mb-3 font-semibold [&+*]:mt-0 text-lg leading-snug">
        <span className="mb-1 block font-normal text-muted text-xs">{t("sheet")} </span>
        {own ? <Shown runs={own.runs} /> : name}
      </h3>
      <Blocks blocks={own ? rest : blocks} />
    </>
  );
}
