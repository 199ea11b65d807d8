"use client";

import { createContext, useContext, useRef } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import type { Align, Row, Table } from "./blocks";
import { messages } from "./messages";
import { Shown, useShowing } from "./Shown";
import { useStickyHead } from "./useStickyHead";

/** The columns' names of a table whose beginning is not shown. */
export const Columns = createContext<{ table: Table | null; names: readonly string[] | null }>({
  table: null,
  names: null,
});

const ALIGN: Record<Align, string> = {
  left: "text-start",
  right: "whitespace-nowrap text-end tabular-nums",
  center: "text-center",
};
/** From so many columns on a table may be wider than the page; fewer share its width. */
const MANY = 5;

export function TableBlock({ table }: { table: Table }) {
  const t = useMessages(messages);
  const { slice, numbers } = useShowing();
  const columns = useContext(Columns);
  const box = useRef<HTMLElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  useStickyHead(box, head);
  const above = columns.table === table && !table.head ? columns.names : null;
  const places = Array.from({ length: table.columns }, (_, column) => column);
  return (
    <section
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      aria-label={t("table", { number: numbers.get(table) ?? 1 })}
      data-at={slice.character(table.at)}
      className="my-4 w-fit max-w-full overflow-x-auto rounded-lg border border-line first:mt-0"
    >
      <table className={cn("min-w-64 border-collapse text-sm", table.columns >= MANY && "w-max")}>
        {above && <caption className="bg-sunken px-3 pt-2 text-start text-muted text-xs">{t("columnsAbove")}</caption>}
        {(table.head || above) && (
          <thead ref={head} className="relative z-1 bg-sunken">
            <tr>
              {places.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={cn(
                    "border-line border-b px-3 py-2 align-bottom font-semibold",
                    ALIGN[table.align[column] ?? "left"],
                    table.columns >= MANY && "whitespace-nowrap",
                  )}
                >
                  {above ? above[column] : <Shown runs={table.head?.cells[column] ?? []} />}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody className="divide-y divide-line">
          {table.rows.map((row) => (
            <BodyRow key={row.at} row={row} table={table} places={places} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function BodyRow({ row, table, places }: { row: Row; table: Table; places: readonly number[] }) {
  const { slice } = useShowing();
  return (
    <tr data-at={slice.character(row.at)}>
      {places.map((column) => (
        <td
          key={column}
          className={cn(
            "px-3 py-2 align-top",
            ALIGN[table.align[column] ?? "left"],
            table.columns >= MANY && "min-w-20 max-w-72",
          )}
        >
          <Shown runs={row.cells[column] ?? []} />
        </td>
      ))}
    </tr>
  );
}
