"use client";

import { Users } from "lucide-react";
import { useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useAccess } from "./queries";

/** Who may read a document, and through what the person who looks at it may. */
export function Readers({ document }: { document: Schemas["DocumentDetail"] }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [open, setOpen] = useState(false);
  const access = useAccess(document.id, open);
  const reason = (step: Schemas["AccessStepOut"]) => {
    const through = step.through.map((grant) => grant.name || grant.subject).join(", ");
    if (step.question === "document") return through ? t("why.document", { through }) : t("why.inherited");
    return t("why.knowledge_base", { through });
  };
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger>
        <IconButton label={t("readers")} icon={Users} />
      </PopoverTrigger>
      <PopoverContent label={t("readers")} className="max-w-[90vw] space-y-2 text-sm">
        <p className="font-medium">{t(document.restricted ? "restricted" : "readable")}</p>
        <div aria-live="polite">
          {access.isPending && <Skeleton className="h-12" />}
          {access.isError && <p className="text-danger">{say(access.error)}</p>}
          {access.data && (
            <>
              <p className="text-muted">{t("why")}</p>
              <ul className="list-disc space-y-1 ps-5">
                {access.data.steps
                  .filter((step) => step.question !== "tenant")
                  .map((step) => (
                    <li key={step.question}>{reason(step)}</li>
                  ))}
              </ul>
            </>
          )}
        </div>
      </PopoverContent>
    </Popover>
  );
}
