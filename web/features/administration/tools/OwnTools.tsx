"use client";

import {
  BookOpenText,
  Calculator,
  CalendarDays,
  FileSearch,
  Globe,
  Hash,
  type LucideIcon,
  Search,
  Sigma,
  SquareArrowOutUpRight,
  Table2,
  TextSearch,
  TextSelect,
  Wrench,
} from "lucide-react";
import { useState } from "react";

import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { Switch } from "@/components/ui/switch";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { messages } from "./messages";
import { type OwnTool, ROLES, useSetRule, useTools } from "./queries";
import { RolesDialog } from "./RolesDialog";
import { WhoButton } from "./WhoButton";

const KNOWN = [
  "search_knowledge",
  "read_document",
  "list_documents",
  "count_documents",
  "find_mentions",
  "read_all_documents",
  "list_tables",
  "query_table",
  "calculate",
  "today",
  "search_web",
  "read_web_page",
] as const;
const ICONS: Record<(typeof KNOWN)[number], LucideIcon> = {
  search_knowledge: Search,
  read_document: TextSelect,
  list_documents: FileSearch,
  count_documents: Hash,
  find_mentions: TextSearch,
  read_all_documents: BookOpenText,
  list_tables: Table2,
  query_table: Sigma,
  calculate: Calculator,
  today: CalendarDays,
  search_web: Globe,
  read_web_page: SquareArrowOutUpRight,
};

/** Our own tools: what each does in plain words, who may use it, on or off. */
export function OwnTools() {
  const c = useMessages(common);
  const query = useTools();
  const [chosen, setChosen] = useState<{ tool: OwnTool; name: string } | null>(null);
  if (query.isPending) {
    return (
      <div role="status" aria-label={c("loading")}>
        <Skeleton className="h-60 rounded-lg" />
      </div>
    );
  }
  if (!query.data) return <ErrorState problem={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <ul className="divide-y divide-line border-line border-y">
        {query.data.tools.map((tool) => (
          <Row key={tool.name} tool={tool} onChoose={(name) => setChosen({ tool, name })} />
        ))}
      </ul>
      {chosen && (
        <RolesDialog
          tool={chosen.tool.name}
          name={chosen.name}
          roles={chosen.tool.roles}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
}

function Row({ tool, onChoose }: { tool: OwnTool; onChoose: (name: string) => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const rule = useSetRule();
  const known = KNOWN.find((name) => name === tool.name);
  const name = known ? t(`name_${known}`) : tool.name;
  const Icon = known ? ICONS[known] : Wrench;

  /** Off is nobody; on again is everyone: whom it was for before is not kept. */
  async function turn(on: boolean) {
    try {
      await rule.mutateAsync({ tool: tool.name, roles: on ? [...ROLES] : [] });
    } catch (error) {
      toast({ title: say(error), tone: "danger" });
    }
  }
  return (
    <li className="flex items-start gap-3 py-3">
      <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{name}</p>
        <p className="text-pretty text-muted text-sm">{known ? t(`about_${known}`) : tool.description}</p>
        <WhoButton name={name} roles={tool.roles} onClick={() => onChoose(name)} />
      </div>
      <Switch
        label={t("inUse", { name })}
        checked={tool.roles.length > 0}
        busy={rule.isPending}
        onCheckedChange={(on) => void turn(on)}
      />
    </li>
  );
}
