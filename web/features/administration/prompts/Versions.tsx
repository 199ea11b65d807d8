"use client";

import { FileText } from "lucide-react";
import { VersionList } from "@/components/prompts/VersionList";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";

import { Listing } from "../Listing";
import { messages } from "./messages";
import { diffOf, type Prompt, useActivate, useVersions } from "./queries";

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
        <VersionList versions={query.items} diffOf={diffOf} onUse={(number) => void use(number)} onEdit={onEdit} />
      </Listing>
    </section>
  );
}
