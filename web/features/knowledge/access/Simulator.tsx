"use client";

import { useMutation } from "@tanstack/react-query";
import { Search, VenetianMask } from "lucide-react";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";

import type { Subject } from "@/components/access/SubjectPicker";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { Simulated } from "./Simulated";

interface SimulatorProps {
  knowledgeBaseId: string;
  person: Subject;
}

/** Searching as somebody else would, and why they find what they find. */
export function Simulator({ knowledgeBaseId, person }: SimulatorProps) {
  const t = useMessages(messages);
  const id = useId();
  const [query, setQuery] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  // Never asked again by itself: each search is recorded.
  const search = useMutation({
    mutationFn: (wanted: string) =>
      unwrap(
        api.POST("/api/search/as", {
          body: { user_id: person.id, query: wanted, knowledge_base_ids: [knowledgeBaseId], limit: 10 },
        }),
      ),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = query.trim();
    if (wanted && !search.isPending) search.mutate(wanted);
  }

  return (
    <section
      aria-labelledby={`${id}-title`}
      className="mt-8 rounded-xl border-2 border-warning/60 border-dashed bg-raised p-5"
    >
      <h2 id={`${id}-title`} className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-lg">
        <span className="inline-flex items-center gap-1.5 rounded-full bg-warning-soft px-2.5 py-0.5 text-sm text-warning">
          <VenetianMask aria-hidden className="size-4" />
          {t("simulation")}
        </span>
        <span className="min-w-0 [overflow-wrap:anywhere]">{t("simulate", { name: person.name })}</span>
      </h2>
      <p className="mt-2 max-w-3xl text-muted text-sm">{t("simulationText", { name: person.name })}</p>
      <search>
        <form onSubmit={submit} className="mt-4 grid max-w-3xl gap-1.5">
          <Label htmlFor={`${id}-query`}>{t("question")}</Label>
          <div className="flex gap-2">
            <div className="relative min-w-0 flex-1">
              <Search
                aria-hidden
                className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted"
              />
              <Input
                ref={field}
                id={`${id}-query`}
                type="search"
                className="pl-9"
                placeholder={t("questionOf", { name: person.name })}
                maxLength={8000}
                value={query}
                onChange={(event) => setQuery(event.target.value)}
              />
            </div>
            <Button type="submit" busy={search.isPending}>
              {t("search")}
            </Button>
          </div>
        </form>
      </search>
      {search.isError && (
        <ErrorState problem={search.error} onRetry={() => search.variables && search.mutate(search.variables)} />
      )}
      {search.data && <Simulated found={search.data} />}
    </section>
  );
}
