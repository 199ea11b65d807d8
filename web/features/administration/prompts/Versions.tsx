"use client";

import { FileText } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { Comparison } from "./Comparison";
import { messages } from "./messages";
import { type Prompt, useActivate, useVersions, type Version } from "./queries";

interface VersionsProps {
  prompt: Prompt;
  onEdit: (text: string) => void;
}

/** Everything that was ever written, the newest first; one of them counts, or none. */
export function Versions({ prompt, onEdit }: VersionsProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const query = useVersions();
  const activate = useActivate();

  const use = async (number: number) => {
    try {
      await activate.mutateAsync({ number, changes: prompt.changes });
      toast({ title: number ? t("activated", { number }) : t("deactivated"), tone: "success" });
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
    }
  };

  return (
    <section aria-labelledby="prompt-versions" className="min-w-0">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 id="prompt-versions" className="font-semibold text-lg">
          {t("versions")}
        </h2>
        {prompt.active > 0 && (
          <Button size="sm" variant="ghost" onClick={() => void use(0)}>
            {t("without")}
          </Button>
        )}
      </div>
      <VisuallyHidden role="status">{query.isSuccess ? t("shown", { count: query.items.length }) : ""}</VisuallyHidden>
      <Listing
        query={query}
        empty={<EmptyState icon={FileText} title={t("emptyTitle")} description={t("emptyText")} />}
      >
        <ol className="divide-y divide-line border-line border-y">
          {query.items.map((version) => (
            <Entry key={version.number} version={version} onUse={() => void use(version.number)} onEdit={onEdit} />
          ))}
        </ol>
      </Listing>
    </section>
  );
}

interface EntryProps {
  version: Version;
  onUse: () => void;
  onEdit: (text: string) => void;
}

function Entry({ version, onUse, onEdit }: EntryProps) {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const [isCompared, setCompared] = useState(false);
  const { number } = version;
  const named = (act: "use" | "edit" | "compare" | "hide") => `${t(act)}, ${t("version", { number })}`;
  return (
    <li className="py-3">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{t("version", { number })}</span>
        {version.active && <Badge tone="success">{t("inUse")}</Badge>}
        <span className="text-muted text-sm">
          {t("by", { name: version.created_by_name || t("somebody"), when: ago(version.created_at) })}
        </span>
      </p>
      {version.note && <p className="mt-1 break-words text-sm">{version.note}</p>}
      <p className="mt-1 line-clamp-2 whitespace-pre-wrap break-words text-muted text-sm">{version.text}</p>
      <div className="mt-2 -ms-2 flex flex-wrap gap-1">
        {!version.active && (
          <Button size="sm" variant="ghost" aria-label={named("use")} onClick={onUse}>
            {t("use")}
          </Button>
        )}
        <Button size="sm" variant="ghost" aria-label={named("edit")} onClick={() => onEdit(version.text)}>
          {t("edit")}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          aria-expanded={isCompared}
          aria-label={named(isCompared ? "hide" : "compare")}
          onClick={() => setCompared(!isCompared)}
        >
          {t(isCompared ? "hide" : "compare")}
        </Button>
      </div>
      {isCompared && <Comparison former={number - 1} later={number} />}
    </li>
  );
}
