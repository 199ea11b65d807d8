"use client";

import { useId, useState } from "react";

import { Input } from "@/components/ui/input";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useUsableAgents } from "./queries";

const SEARCHED_FROM = 8;

interface AgentListProps {
  chosen: string | null;
  onChoose: (agentId: string | null) => void;
}

/** All agents that one may ask, one of them chosen: arrow keys go through them. */
export function AgentList({ chosen, onChoose }: AgentListProps) {
  const t = useMessages(messages);
  const id = useId();
  const [typed, setTyped] = useState("");
  // Shown at once: the choice itself stands in the address, which takes a moment.
  const [picked, setPicked] = useState(chosen);
  const query = useUsableAgents(useDebounced(typed.trim(), 150));
  const found = query.data ?? [];
  const options = [
    ...(typed.trim() ? [] : [{ id: null, name: t("none"), description: t("noneHint") }]),
    ...found.map((one) => ({ id: one.id, name: one.name, description: one.description })),
  ];
  return (
    <div className="w-72 p-2 text-sm">
      {(typed !== "" || found.length >= SEARCHED_FROM) && (
        <Input
          type="search"
          maxLength={200}
          className="mb-2"
          aria-label={t("search")}
          placeholder={t("search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <fieldset className="max-h-72 overflow-y-auto">
        <legend className="px-1 pb-1 font-medium">{t("choose")}</legend>
        {options.map((one) => (
          <label
            key={one.id ?? ""}
            className="flex min-h-8 cursor-pointer items-start gap-2.5 rounded-md px-1 py-1.5 hover:bg-sunken"
          >
            <input
              type="radio"
              name={`${id}-agent`}
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={picked === one.id}
              onChange={() => {
                setPicked(one.id);
                onChoose(one.id);
              }}
            />
            <span className="min-w-0">
              <span className="block [overflow-wrap:anywhere]">{one.name}</span>
              {one.description && <span className="line-clamp-2 text-muted text-xs">{one.description}</span>}
            </span>
          </label>
        ))}
      </fieldset>
      <p role="status" className="px-1 text-muted empty:hidden">
        {typed.trim() && query.isSuccess && found.length === 0 ? t("nothing") : ""}
      </p>
    </div>
  );
}
