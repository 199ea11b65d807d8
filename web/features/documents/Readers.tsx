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
const AccessChain = dynamic(() => import("@/components/access/AccessChain").then((found) => found.AccessChain), {
  ssr: false,
  loading: () => <Skeleton className="h-12" />,
});

/** Whoever looks at it knows that they are of this company and signed in. */
function tells({ question }: Schemas["AccessStepOut"]): boolean {
  return question !== "tenant" && question !== "account";
}

/** Who may read a document, and through what the person who looks at it may. */
export function Readers({ document }: { document: Schemas["DocumentDetail"] }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [open, setOpen] = useState(false);
  const [checks, setChecks] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const access = useQuery({ ...accessQuery(document.id), enabled: open });
  return (
    <span ref={place} className="contents">
      <Popover open={open} onOpenChange={setOpen}>
        <PopoverTrigger>
          <IconButton label={t("readers")} icon={Users} />
        </PopoverTrigger>
        <PopoverContent label={t("readers")} className="w-96 max-w-[90vw] space-y-2 text-sm">
          <p className="font-medium">{t(document.restricted ? "restricted" : "readable")}</p>
          <div aria-live="polite">
            {access.isPending && <Skeleton className="h-12" />}
            {access.isError && <p className="text-danger">{say(access.error)}</p>}
            {access.data && (
              <>
                <p className="mb-2 text-muted">{t("why")}</p>
                <AccessChain access={{ ...access.data, steps: access.data.steps.filter(tells) }} />
              </>
            )}
          </div>
          {access.data?.may_ask && (
            <Button
              variant="secondary"
              size="sm"
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
