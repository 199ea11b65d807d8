"use client";

import { Library } from "lucide-react";
import { useId } from "react";

import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages as attaching } from "./attachments/messages";
import { messages } from "./messages";

interface ScopeChipsProps {
  knowledgeBases: readonly Schemas["KnowledgeBaseOut"][];
  /** Ids; empty means all. */
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
  /** Whether the attached files are asked alone; null where there are none. */
  filesOnly: boolean | null;
  onFilesOnly: (only: boolean) => void;
}

/** Which knowledge bases are asked. */
export function ScopeChips({ knowledgeBases, chosen, onChoose, filesOnly, onFilesOnly }: ScopeChipsProps) {
  const t = useMessages(messages);
  const a = useMessages(attaching);
  const id = useId();
  const known = filesOnly ? [] : knowledgeBases.filter((one) => chosen.includes(one.id));
  const [first] = known;
  const label = filesOnly
    ? a("only")
    : !first
      ? t("askAll")
      : known.length === 1
        ? first.name
        : t("chosen", { count: known.length });
  return (
    <Popover>
      <PopoverTrigger>
        <button
          type="button"
          className="flex h-8 max-w-60 items-center gap-1.5 rounded-full border border-line px-3 text-muted text-sm hover:bg-sunken"
        >
          <Library aria-hidden className="size-4 shrink-0" />
          <span className="truncate">{label}</span>
        </button>
      </PopoverTrigger>
      <PopoverContent label={t("askWhich")} side="top" align="start">
        <fieldset className="max-h-72 w-64 overflow-y-auto p-2 text-sm">
          <legend className="px-1 pb-1 font-medium">{t("askWhich")}</legend>
          <label className="flex min-h-8 items-center gap-2 rounded-md px-1 hover:bg-sunken">
            <input
              type="checkbox"
              checked={!known.length && !filesOnly}
              onChange={() => {
                onFilesOnly(false);
                onChoose([]);
              }}
            />
            {t("askAll")}
          </label>
          {filesOnly !== null && (
            <label className="flex min-h-8 items-center gap-2 rounded-md px-1 hover:bg-sunken">
              <input type="checkbox" checked={filesOnly} onChange={(event) => onFilesOnly(event.target.checked)} />
              {a("only")}
            </label>
          )}
          {knowledgeBases.map((one) => (
            <label
              key={one.id}
              htmlFor={`${id}${one.id}`}
              className="flex min-h-8 items-center gap-2 rounded-md px-1 hover:bg-sunken"
            >
              <input
                id={`${id}${one.id}`}
                type="checkbox"
                checked={!filesOnly && chosen.includes(one.id)}
                onChange={(event) => {
                  onFilesOnly(false);
                  onChoose(event.target.checked ? [...chosen, one.id] : chosen.filter((other) => other !== one.id));
                }}
              />
              <span className="min-w-0 truncate">{one.name}</span>
            </label>
          ))}
        </fieldset>
      </PopoverContent>
    </Popover>
  );
}
