"use client";

import { Checkbox } from "@/components/ui/checkbox";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import type { KnowledgeDocument, Sort, SortColumn } from "../types";
import type { DocumentActions } from "./actions";
import { DocumentMenu } from "./DocumentMenu";
import { DocumentName } from "./DocumentName";
import { DocumentState } from "./DocumentState";
import { messages } from "./messages";

export interface DocumentListProps {
  documents: KnowledgeDocument[];
  manages: boolean;
  sort: Sort;
  onSort: (sort: Sort) => void;
  chosen: ReadonlySet<string>;
  onChoose: (ids: ReadonlySet<string>) => void;
  actions: DocumentActions;
  busy: boolean;
}

const COLUMNS: {
  column: SortColumn;
  key: "name" | "state" | "pages" | "chunks" | "size" | "updated";
  style: string;
}[] = [
  { column: "name", key: "name", style: "" },
  { column: "state", key: "state", style: "" },
  { column: "pages", key: "pages", style: "hidden text-right @4xl:table-cell" },
  { column: "chunks", key: "chunks", style: "hidden text-right @4xl:table-cell" },
  { column: "size", key: "size", style: "hidden text-right @3xl:table-cell" },
  { column: "updated", key: "updated", style: "text-right" },
];

export function DocumentTable(props: DocumentListProps) {
  const { documents, manages, sort, onSort, chosen, onChoose, actions } = props;
  const t = useMessages(messages);
  const formats = useFormats();
  const all = documents.every((document) => chosen.has(document.id));
  const count = (value: number) => (value > 0 ? formats.number(value) : "–");

  return (
    <Table aria-label={t("documents")} aria-busy={props.busy}>
      <TableHeader>
        <TableRow>
          {manages && (
            <TableHead className="w-10">
              <Checkbox
                aria-label={t("chooseAll")}
                checked={all && documents.length > 0}
                indeterminate={!all && chosen.size > 0}
                onChange={() => onChoose(new Set(all ? [] : documents.map((document) => document.id)))}
              />
            </TableHead>
          )}
          {COLUMNS.map(({ column, key, style }) => (
            <TableHead
              key={column}
              className={style}
              sort={sort.column === column ? (sort.descending ? "descending" : "ascending") : undefined}
              onSort={() =>
                onSort({ column, descending: sort.column === column ? !sort.descending : column === "updated" })
              }
            >
              {t(key)}
            </TableHead>
          ))}
          <TableHead className="w-12">
            <VisuallyHidden>{t("actions")}</VisuallyHidden>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {documents.map((document) => (
          <TableRow key={document.id} className={chosen.has(document.id) ? "bg-accent-soft" : undefined}>
            {manages && (
              <TableCell>
                <Checkbox
                  aria-label={t("choose", { name: document.name })}
                  checked={chosen.has(document.id)}
                  onChange={() => onChoose(toggled(chosen, document.id))}
                />
              </TableCell>
            )}
            <TableCell className="w-1/3 min-w-56">
              <DocumentName document={document} />
            </TableCell>
            <TableCell>
              <DocumentState document={document} onRetry={manages ? () => actions.reprocess([document]) : undefined} />
            </TableCell>
            <TableCell className="hidden text-right tabular-nums @4xl:table-cell">
              {count(document.page_count)}
            </TableCell>
            <TableCell className="hidden text-right tabular-nums @4xl:table-cell">
              {count(document.chunk_count)}
            </TableCell>
            <TableCell className="hidden whitespace-nowrap text-right tabular-nums @3xl:table-cell">
              {formats.bytes(document.size)}
            </TableCell>
            <TableCell className="whitespace-nowrap text-right text-muted">
              <time dateTime={document.updated_at} title={formats.moment(document.updated_at)}>
                {formats.ago(document.updated_at)}
              </time>
            </TableCell>
            <TableCell className="text-right">
              <DocumentMenu document={document} manages={manages} actions={actions} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
