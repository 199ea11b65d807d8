"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { keys } from "../queries";
import { messages } from "./messages";

/** How often the knowledge base is searched, and how often an earlier search was used again. */
export function SearchUseSection({ knowledgeBaseId }: { knowledgeBaseId: string }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const client = useQueryClient();
  const queryKey = [...keys.knowledgeBase(knowledgeBaseId), "searches"];
  const params = { path: { knowledge_base_id: knowledgeBaseId } };
  const use = useQuery({
    queryKey,
    queryFn: () => unwrap(api.GET("/api/knowledge-bases/{knowledge_base_id}/searches/use", { params })),
  });
  const forget = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/knowledge-bases/{knowledge_base_id}/searches/remembered", { params })),
    onSuccess: () => {
      toast({ title: t("forgotten"), tone: "success" });
      return client.invalidateQueries({ queryKey });
    },
  });
  const problem = use.error ?? forget.error;
  return (
    <section aria-labelledby="settings-searches">
      <h2 id="settings-searches" className="font-semibold text-lg">
        {t("searches")}
      </h2>
      <p className="mb-3 text-muted text-sm">{t("searchesText")}</p>
      <div className="flex flex-wrap items-end justify-between gap-4 rounded-xl border border-line bg-raised p-5">
        <dl className="grid grid-cols-3 gap-x-8 gap-y-1">
          <Figure name={t("searchesMade")} value={use.data && formats.number(use.data.searches)} />
          <Figure
            name={t("searchesReused")}
            value={use.data && formats.percent(use.data.searches ? use.data.reused / use.data.searches : 0)}
          />
          <Figure
            name={t("searchesSaved")}
            value={
              use.data && t("seconds", { seconds: formats.number(Math.round(use.data.saved_milliseconds / 100) / 10) })
            }
          />
        </dl>
        <Button variant="secondary" size="sm" busy={forget.isPending} onClick={() => forget.mutate()}>
          {t("forget")}
        </Button>
        {problem && (
          <p role="alert" className="w-full text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </div>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <dt className="text-muted text-sm">{name}</dt>
      <dd className="font-semibold text-xl tabular-nums">{value ?? "–"}</dd>
    </div>
  );
}
