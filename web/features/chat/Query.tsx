"use client";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Step } from "./types";

/** A query over tables: its words, what it found, and the cells that it read. */
export function Query({ step }: { step: Step }) {
  const t = useMessages(messages);
  const { sql } = step.arguments;
  const { table } = step;
  return (
    <>
      {typeof sql === "string" && (
        <pre className="mt-1 max-h-40 overflow-auto whitespace-pre-wrap break-words rounded-md bg-raised px-2 py-1.5 font-mono text-xs">
          {sql}
        </pre>
      )}
      {table && table.rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section tabIndex={0} aria-label={t("queryResult")} className="mt-1.5 max-h-60 overflow-auto">
          <table className="text-xs">
            <thead>
              <tr>
                {table.columns.map((column, at) => (
                  <th
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns of a result never move.
                    key={`${at}-${column}`}
                    scope="col"
                    className="border-line border-b px-2 py-1 text-left font-medium"
                  >
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, number) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result never move.
                <tr key={number}>
                  {row.map((value, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: nor do its cells.
                    <td key={at} className="border-line border-b px-2 py-1 tabular-nums">
                      {value}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {table?.more && <p className="text-muted text-xs">{t("moreRows")}</p>}
      {table?.places.map((place) => (
        <p key={`${place.document_id}-${place.sheet}-${place.cells}`} className="break-words text-muted text-xs">
          {[place.title, place.sheet, place.cells].filter(Boolean).join(" · ")}
        </p>
      ))}
    </>
  );
}
