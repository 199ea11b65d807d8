"use client";

import { Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

import { Modal } from "@/components/ui/dialog";
import { IconButton } from "@/components/ui/icon-button";
import { Kbd } from "@/components/ui/kbd";
import { useProblemText } from "@/components/ui/problem-text";
import { Spinner } from "@/components/ui/spinner";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { type Entry, type Group, step } from "./entries";
import { messages } from "./messages";
import { useGroups } from "./useGroups";

interface PaletteProps {
  onClose: () => void;
  onShortcuts: () => void;
}

/** One field that leads anywhere: type, choose with the arrows, Enter. */
export function Palette({ onClose, onShortcuts }: PaletteProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const { groups, busy, problem } = useGroups(query.trim(), onShortcuts);
  const entries = groups.flatMap((group) => group.entries);
  const current = Math.min(chosen, Math.max(0, entries.length - 1));

  const run = (entry: Entry) => {
    onClose();
    entry.run();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const entry = entries[current];
    if (event.key === "Enter" && entry && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(entry);
    }
    const to = step(event.key, current, entries.length);
    if (to === null) return;
    event.preventDefault();
    setChosen(to);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another one is chosen
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current]);

  return (
    <Modal
      open
      onOpenChange={onClose}
      title={t("title")}
      hideHeader
      dismissOnPress
      className="mx-auto mt-[12vh] mb-auto w-[calc(100vw-2rem)] max-w-xl animate-pop overflow-hidden rounded-2xl border border-line"
    >
      <div className="flex h-14 items-center gap-3 border-line border-b px-4">
        {busy ? <Spinner className="text-muted" /> : <Search aria-hidden className="size-4 shrink-0 text-muted" />}
        <input
          type="text"
          role="combobox"
          aria-label={t("placeholder")}
          aria-expanded
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={entries.length > 0 ? `${id}-${current}` : undefined}
          placeholder={t("placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
        />
        <IconButton label={t("closeSearch")} icon={X} onClick={onClose} className="-mr-2 sm:hidden" />
        <Kbd className="hidden sm:inline-grid">Esc</Kbd>
      </div>
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label={t("title")}
        className="h-[min(24rem,56vh)] overflow-y-auto p-2"
      >
        {groups.map((group) => (
          <Section
            key={group.id}
            group={group}
            id={id}
            first={entries.indexOf(group.entries[0] as Entry)}
            current={current}
            onChoose={setChosen}
            onRun={run}
          />
        ))}
      </div>
      <p role="status" className={entries.length > 0 ? "sr-only" : "absolute inset-x-6 top-24 text-center text-muted"}>
        {entries.length > 0 && query && t("results", { count: entries.length })}
        {entries.length === 0 && !problem && (busy ? t("searching") : t("nothing", { query: query.trim() }))}
      </p>
      {problem !== null && (
        <p role="alert" className="border-line border-t px-4 py-2 text-danger text-sm">
          {t("failed", { reason: say(problem) })}
        </p>
      )}
      <p aria-hidden className="hidden items-center gap-4 border-line border-t px-4 py-2.5 text-muted text-xs sm:flex">
        <Hint keys={["↑", "↓"]} says={t("choose")} />
        <Hint keys={["↵"]} says={t("open")} />
        <Hint keys={["Esc"]} says={t("close")} />
      </p>
    </Modal>
  );
}

function Hint({ keys, says }: { keys: string[]; says: string }) {
  return (
    <span className="flex items-center gap-1">
      {keys.map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
      {says}
    </span>
  );
}

interface SectionProps {
  group: Group;
  id: string;
  /** Where its first entry stands among all. */
  first: number;
  current: number;
  onChoose: (index: number) => void;
  onRun: (entry: Entry) => void;
}

function Section({ group, id, first, current, onChoose, onRun }: SectionProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
    <div role="group" aria-labelledby={`${id}-${group.id}`} className="pb-2">
      <div id={`${id}-${group.id}`} className="px-2.5 pt-2 pb-1 font-medium text-muted text-xs">
        {group.title}
      </div>
      {group.entries.map((entry, offset) => {
        const index = first + offset;
        const Drawing = entry.icon;
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the chosen one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            onPointerMove={() => onChoose(index)}
            onClick={() => onRun(entry)}
            className={cn(
              "flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5",
              index === current && "bg-accent-soft",
            )}
          >
            <Drawing aria-hidden className={cn("size-4 shrink-0", index === current ? "text-accent" : "text-muted")} />
            {entry.parts ? (
              <span className="min-w-0 flex-1">
                <span className="block truncate">{entry.label}</span>
                <span className="line-clamp-2 text-muted text-xs">
                  {entry.parts.map((part, position) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
                    <Part key={position} {...part} />
                  ))}
                </span>
              </span>
            ) : (
              <span className="min-w-0 flex-1 truncate">{entry.label}</span>
            )}
            {entry.note && <span className="shrink-0 text-muted text-xs">{entry.note}</span>}
          </div>
        );
      })}
    </div>
  );
}

function Part({ text, marked }: { text: string; marked: boolean }) {
  return marked ? <strong className="font-semibold text-fg">{text}</strong> : text;
}
