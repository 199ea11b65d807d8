"use client";

import { ArrowDown, ArrowUp, X } from "lucide-react";

import { Field } from "@/components/ui/field";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useMessages } from "@/lib/i18n";

import { ModelField } from "./ModelField";
import { messages } from "./messages";
import { OWN, type Provider, type Settings } from "./queries";
import type { Place } from "./route";

interface PlaceFieldsProps {
  place: Place;
  index: number;
  count: number;
  providers: readonly Provider[];
  own: Settings["environment"];
  checked: boolean;
  onChange: (changes: Partial<Place>) => void;
  onMove: (to: number) => void;
  onTake: () => void;
}

/** One model of a route: who offers it, which it is, and where it stands. */
export function PlaceFields({
  place,
  index,
  count,
  providers,
  own,
  checked,
  onChange,
  onMove,
  onTake,
}: PlaceFieldsProps) {
  const t = useMessages(messages);
  const model = place.model || t("aModel");
  const azure = providers.find((one) => one.id === place.provider)?.kind === "azure";
  return (
    <li className="grid gap-3 rounded-lg border border-line p-3">
      <div className="flex items-center gap-1">
        <span className="flex-1 font-medium text-sm">
          {index === 0 ? t("first") : t("fallback", { number: index })}
        </span>
        {/* Not disabled at the ends: the focus stays on the arrow that was pressed. */}
        <IconButton
          label={t("up", { model })}
          icon={ArrowUp}
          aria-disabled={index === 0}
          onClick={() => onMove(index - 1)}
        />
        <IconButton
          label={t("down", { model })}
          icon={ArrowDown}
          aria-disabled={index === count - 1}
          onClick={() => onMove(index + 1)}
        />
        <IconButton label={t("take", { model })} icon={X} onClick={onTake} />
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label={t("provider")}>
          <Select
            value={place.provider}
            onChange={(event) => {
              const provider = event.target.value;
              onChange({ provider, model: provider === OWN ? (own?.model ?? "") : "" });
            }}
          >
            {own && <option value={OWN}>{t("environment")}</option>}
            {providers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        </Field>
        {place.provider === OWN ? (
          <Field label={t("model")}>
            <Input value={place.model} readOnly />
          </Field>
        ) : (
          <ModelField
            provider={place.provider}
            azure={azure}
            value={place.model}
            error={checked && !place.model.trim() && t("enterModel")}
            onChange={(name) => onChange({ model: name })}
          />
        )}
      </div>
    </li>
  );
}
