"use client";

import { Plus, X } from "lucide-react";
import { useRef } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { useMessages } from "@/lib/i18n";

import { messages } from "./part-messages";

const MOST = 6;

interface StartersProps {
  starters: readonly string[];
  onChange: (starters: string[]) => void;
}

/** Questions to begin with, a line each. */
export function Starters({ starters, onChange }: StartersProps) {
  const t = useMessages(messages);
  const list = useRef<HTMLFieldSetElement>(null);
  /** The focus goes where the hands are: to the new line, or to the one before what was removed. */
  const focus = (at: number) =>
    requestAnimationFrame(() => {
      const fields = list.current?.querySelectorAll<HTMLElement>("input") ?? [];
      (fields[at] ?? list.current?.querySelector<HTMLElement>("[data-add]"))?.focus();
    });
  return (
    <fieldset ref={list}>
      <legend className="font-semibold text-lg">{t("starters")}</legend>
      <p className="mb-3 text-muted text-sm">{t("startersHint")}</p>
      <div className="grid gap-2">
        {starters.map((starter, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its text changes with every key
          <div key={index} className="flex items-center gap-2">
            <Input
              aria-label={t("starter", { number: index + 1 })}
              maxLength={300}
              value={starter}
              onChange={(event) => onChange(starters.map((one, at) => (at === index ? event.target.value : one)))}
            />
            <IconButton
              label={t("removeStarter", { number: index + 1 })}
              icon={X}
              onClick={() => {
                onChange(starters.filter((_, at) => at !== index));
                focus(Math.max(0, index - 1));
              }}
            />
          </div>
        ))}
        {starters.length < MOST && (
          <Button
            variant="secondary"
            size="sm"
            data-add=""
            className="justify-self-start"
            onClick={() => {
              onChange([...starters, ""]);
              focus(starters.length);
            }}
          >
            <Plus aria-hidden className="size-4" />
            {t("addStarter")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
