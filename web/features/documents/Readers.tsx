"use client";

import { useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import dynamic from "next/dynamic";
import { useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { accessQuery } from "./queries";

const CheckPerson = dynamic(() => import("./CheckPerson").then((found) => found.CheckPerson), { ssr: false });

/** The steps that say something to whoever is looking; the others are as sure as that they are. */
const TELLING = ["knowledge_base", "document"];

/** Who may read a document, and through what the person who looks at it may. */
export function Readers({ document }: { document: Schemas["DocumentDetail"] }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [open, setOpen] = useState(false);
  const [checks, setChecks] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const access = useQuery({ ...accessQuery(document.id), enabled: open && !document.attached });
  const reason = (step: Schemas["AccessStepOut"]) => {
    const through = step.through.map((grant) => grant.name || grant.subject).join(", ");
    if (step.question === "document") return through ? t("why.document", { through }) : t("why.inherited");
    return t("why.knowledge_base", { through });
  };
  return (
    <span ref={place} className="contents">
      <Popover open={open} onOpenChange={setOpen}>
        <PopoverTrigger>
          <IconButton label={t("readers")} icon={Users} />
        </PopoverTrigger>
        <PopoverContent label={t("readers")} className="max-w-[90vw] space-y-2 text-sm">
          <p className="font-medium">
            {t(document.attached ? "attached" : document.restricted ? "restricted" : "readable")}
          </p>
          <div aria-live="polite">
            {access.isPending && !document.attached && <Skeleton className="h-12" />}
            {access.isError && <p className="text-danger">{say(access.error)}</p>}
            {access.data && (
              <>
                <p className="text-muted">{t("why")}</p>
                <ul className="list-disc space-y-1 ps-5">
                  {access.data.steps
                    .filter((step) => TELLING.includes(step.question))
                    .map((step) => (
                      <li key={step.question}>{reason(step)}</li>
                    ))}
                </ul>
              </>
            )}
          </div>
          {access.data?.may_ask && (
            <Button
              variant="secondary"
              size="sm"
              className="mt-1"
              onClick={() => {
                // From here the dialog takes the focus, and here it gives it back.
                place.current?.querySelector("button")?.focus();
                setOpen(false);
                setChecks(true);
              }}
            >
              {t("checkPerson")}
            </Button>
          )}
        </PopoverContent>
      </Popover>
      {checks && <CheckPerson document={document} onClose={() => setChecks(false)} />}
    </span>
  );
}
