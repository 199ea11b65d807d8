"use client";

import { type KeyboardEvent, useId, useState } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { Icon, type IconLike } from "./icon";
import { Input } from "./input";
import { Label } from "./label";
import { messages } from "./messages";

export interface Pick {
  id: string;
  name: string;
  /** What tells two of the same name apart. */
  detail?: string;
  icon?: IconLike;
}

interface PickerProps<One extends Pick> {
  label: string;
  placeholder?: string;
  /** What fits `typed`; undefined while the server has not answered. */
  found: readonly One[] | undefined;
  /** `found` still answers what was typed before: Enter then picks nothing, or it would pick somebody else. */
  stale?: boolean;
  typed: string;
  onType: (typed: string) => void;
  /** What the field shows as chosen. Without it a pick is taken at once and the field is empty again. */
  picked?: One | null;
  onPick: (one: One | null) => void;
  /** Ask the server only from now on. */
  onOpen?: () => void;
  hideLabel?: boolean;
}

/** One of many, found on the server by what is typed: a combobox whose keys all work in its field. */
export function Picker<One extends Pick>(props: PickerProps<One>) {
  const { label, placeholder, found, stale = false, typed, onType, picked = null, onPick, onOpen, hideLabel } = props;
  const t = useMessages(messages);
  const id = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const shown = open && !picked && found !== undefined;
  const many = found?.length ?? 0;
  const current = Math.min(active, many - 1);

  function show() {
    setOpen(true);
    onOpen?.();
  }

  function pick(one: One | undefined) {
    if (!one) return;
    onPick(one);
    onType(props.picked === undefined ? "" : one.name);
    setActive(0);
    setOpen(false);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      show();
      if (many === 0) return;
      setActive(open ? (current + (event.key === "ArrowDown" ? 1 : -1) + many) % many : 0);
    } else if (event.key === "Enter" && open && !picked) {
      event.preventDefault();
      if (shown && !stale) pick(found[current]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setOpen(false);
    }
  }

  return (
    <div className="relative grid gap-1.5">
      <Label htmlFor={id} className={hideLabel ? "sr-only" : undefined}>
        {label}
      </Label>
      <Input
        id={id}
        role="combobox"
        autoComplete="off"
        placeholder={placeholder}
        maxLength={200}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && many > 0 ? `${id}-${current}` : undefined}
        value={picked && !open ? picked.name : typed}
        onChange={(event) => {
          onType(event.target.value);
          setActive(0);
          show();
          if (picked) onPick(null);
        }}
        onFocus={() => !picked && show()}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-busy={stale}
        aria-label={label}
        hidden={!shown || many === 0}
        className="absolute top-full right-0 left-0 z-30 mt-1 max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-float"
      >
        {found?.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field, which keeps the focus
          <div
            key={one.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setActive(index)}
            onClick={() => pick(one)}
            className={cn(
              "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-2",
              index === current && "bg-sunken",
            )}
          >
            {one.icon && <Icon icon={one.icon} className="size-4 shrink-0 text-muted" />}
            <span className="min-w-0">
              <span className="block truncate text-sm">{one.name}</span>
              {one.detail && <span className="block truncate text-muted text-xs">{one.detail}</span>}
            </span>
          </div>
        ))}
      </div>
      {shown && !stale && many === 0 && (
        <p className="absolute top-full right-0 left-0 z-30 mt-1 rounded-xl border border-line bg-raised px-3.5 py-3 text-muted text-sm shadow-float">
          {t("noneFound")}
        </p>
      )}
      <span role="status" className="sr-only">
        {shown && !stale ? (many ? t("found", { count: many }) : t("noneFound")) : ""}
      </span>
    </div>
  );
}
