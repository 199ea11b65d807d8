"use client";

import { SearchField } from "@/components/ui/search-field";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { MEDIA_TYPES } from "../media";
import { type DocumentFilter, STATES } from "../types";
import { messages } from "./messages";
import { stateKey } from "./stages";

interface DocumentFiltersProps {
  filter: DocumentFilter;
  onChange: (filter: DocumentFilter) => void;
}

export function DocumentFilters({ filter, onChange }: DocumentFiltersProps) {
  const t = useMessages(messages);
  return (
    <search
      aria-label={t("filters")}
      className="grid min-w-0 flex-1 basis-full grid-cols-2 gap-2 @2xl:flex @2xl:basis-auto"
    >
      <SearchField
        label={t("filterName")}
        value={filter.name}
        onChange={(name) => onChange({ ...filter, name })}
        className="col-span-2 min-w-40 flex-1 @2xl:max-w-xs"
      />
      <div className="min-w-0 @2xl:w-36">
        <Select
          aria-label={t("state")}
          value={filter.state}
          onChange={(event) => onChange({ ...filter, state: event.target.value })}
        >
          <option value="">{t("anyState")}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(state === "processing" ? "stateProcessing" : stateKey({ state, stage: "" }))}
            </option>
          ))}
        </Select>
      </div>
      <div className="min-w-0 @2xl:w-36">
        <Select
          aria-label={t("type")}
          value={filter.mediaType}
          onChange={(event) => onChange({ ...filter, mediaType: event.target.value })}
        >
          <option value="">{t("anyType")}</option>
          {MEDIA_TYPES.map(({ type, name }) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </Select>
      </div>
    </search>
  );
}
