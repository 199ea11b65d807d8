"use client";

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";

import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { KINDS } from "./GrantList";
import { messages } from "./messages";
import type { SubjectKind } from "./rights";

export type Subject = Schemas["SubjectOut"];

interface SubjectPickerProps {
  label: string;
  kind?: SubjectKind;
  picked: Subject | null;
  onPick: (subject: Subject | null) => void;
}

/** A person, group, department or everybody, found by a part of the name. */
export function SubjectPicker({ label, kind, picked, onPick }: SubjectPickerProps) {
  const t = useMessages(messages);
  const id = useId();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const search = useDebounced(typed.trim(), 150);
  const query = useQuery({
    queryKey: ["subjects", kind ?? "any", search],
    enabled: open,
    queryFn: () => unwrap(api.GET("/api/subjects", { params: { query: { search, kind, limit: 8 } } })),
  });
  const found = query.data ?? [];
  const shown = open && !picked && query.isSuccess;
  const current = Math.min(active, found.length - 1);

  function pick(subject: Subject | undefined) {
    if (!subject) return;
    onPick(subject);
    setTyped(subject.name);
    setOpen(false);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      if (found.length === 0) return;
      const by = event.key === "ArrowDown" ? 1 : -1;
      setActive(open ? (current + by + found.length) % found.length : 0);
    } else if (event.key === "Enter" && shown && found.length > 0) {
      event.preventDefault();
      pick(found[current]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setOpen(false);
    }
  }

  return (
    <div className="relative grid gap-1.5">
      <Label htmlFor={id}>{label}</Label>
      <Input
        id={id}
        role="combobox"
        autoComplete="off"
        placeholder={t("subjectPlaceholder")}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && found[current] ? `${id}-${current}` : undefined}
        value={picked && !open ? picked.name : typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
          setOpen(true);
          if (picked) onPick(null);
        }}
        onFocus={() => !picked && setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        hidden={!shown || found.length === 0}
        className="absolute top-full right-0 left-0 z-30 mt-1 max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-float"
      >
        {found.map((subject, index) => {
          const { icon: Icon, key } = KINDS[subject.kind];
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field, which keeps the focus
            <div
              key={`${subject.kind}:${subject.id}`}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setActive(index)}
              onClick={() => pick(subject)}
              className={cn(
                "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-2",
                index === current && "bg-sunken",
              )}
            >
              <Icon aria-hidden className="size-4 shrink-0 text-muted" />
              <span className="min-w-0">
                <span className="block truncate text-sm">{subject.name}</span>
                <span className="block truncate text-muted text-xs">
                  {[t(key), subject.detail].filter(Boolean).join(" · ")}
                </span>
              </span>
            </div>
          );
        })}
      </div>
      {shown && found.length === 0 && (
        <p className="absolute top-full right-0 left-0 z-30 mt-1 rounded-xl border border-line bg-raised px-3.5 py-3 text-muted text-sm shadow-float">
          {t("noneFound")}
        </p>
      )}
      <span role="status" className="sr-only">
        {shown ? (found.length ? t("found", { count: found.length }) : t("noneFound")) : ""}
      </span>
    </div>
  );
}
