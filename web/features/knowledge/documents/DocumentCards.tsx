"use client";

import { ArrowDown, ArrowUp } from "lucide-react";

import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { SORTS, type SortColumn } from "../types";
import { DocumentMenu } from "./DocumentMenu";
import { DocumentName } from "./DocumentName";
import { DocumentState } from "./DocumentState";
import { type DocumentListProps, toggled } from "./DocumentTable";
import { messages } from "./messages";

/** The table where there is no room for one. */
export function DocumentCards(props: DocumentListProps) {
  const { documents, manages, sort, onSort, chosen, onChoose, actions } = props;
  const t = useMessages(messages);
  const formats = useFormats();
  return (
    <>
      <div className="mb-3 flex items-center gap-2">
        <Select
          aria-label={t("sortBy")}
          value={sort.column}
          onChange={(event) => onSort({ ...sort, column: event.target.value as SortColumn })}
        >
          {SORTS.map((column) => (
            <option key={column} value={column}>
              {t(column)}
            </option>
          ))}
        </Select>
        <IconButton
          label={sort.descending ? t("descending") : t("ascending")}
          icon={sort.descending ? ArrowDown : ArrowUp}
          onClick={() => onSort({ ...sort, descending: !sort.descending })}
        />
      </div>
      <ul className="flex flex-col gap-3" aria-label={t("documents")} aria-busy={props.busy}>
        {documents.map((document) => (
          <li key={document.id} className="rounded-xl border border-line bg-raised p-3">
            <div className="flex items-start gap-3">
              {manages && (
                <Checkbox
                  className="mt-1"
                  aria-label={t("choose", { name: document.name })}
                  checked={chosen.has(document.id)}
                  onChange={() => onChoose(toggled(chosen, document.id))}
                />
              )}
              <div className="min-w-0 flex-1">
                <DocumentName document={document} />
                <div className="mt-2">
                  <DocumentState
                    document={document}
                    onRetry={manages ? () => actions.reprocess([document]) : undefined}
                  />
                </div>
                <p className="mt-1 text-muted text-xs">
                  {formats.bytes(document.size)} · {formats.ago(document.updated_at)}
                </p>
              </div>
              <DocumentMenu document={document} manages={manages} actions={actions} />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
