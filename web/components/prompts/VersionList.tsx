"use client";

import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Comparison, type Diff } from "./Comparison";
import { messages } from "./messages";

type Version = Schemas["PromptVersionOut"];

interface VersionListProps {
  versions: readonly Version[];
  /** What a version says that the one before did not; asked for when somebody wants to see it. */
  diffOf: (former: number, later: number) => Diff;
  onUse: (number: number) => void;
  onEdit: (text: string) => void;
}

/** Versions of a text, each with what one can do with it. */
export function VersionList({ versions, diffOf, onUse, onEdit }: VersionListProps) {
  return (
    <ol className="divide-y divide-line border-line border-y empty:hidden">
      {versions.map((version) => (
        <Entry
          key={version.number}
          version={version}
          diff={diffOf(version.number - 1, version.number)}
          onUse={() => onUse(version.number)}
          onEdit={onEdit}
        />
      ))}
    </ol>
  );
}

interface EntryProps {
  version: Version;
  diff: Diff;
  onUse: () => void;
  onEdit: (text: string) => void;
}

function Entry({ version, diff, onUse, onEdit }: EntryProps) {
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
      {isCompared && <Comparison diff={diff} />}
    </li>
  );
}
