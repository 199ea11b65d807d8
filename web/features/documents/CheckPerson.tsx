"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { AccessAnswer } from "@/components/access/AccessChain";
import { type Subject, SubjectPicker } from "@/components/access/SubjectPicker";
import { Dialog } from "@/components/ui/dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { accessQuery } from "./queries";

interface CheckPersonProps {
  document: Schemas["DocumentDetail"];
  onClose: () => void;
}

/** Can somebody see this document, and why: for those who set who may. */
export function CheckPerson({ document, onClose }: CheckPersonProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const [person, setPerson] = useState<Subject | null>(null);
  const query = useQuery({ ...accessQuery(document.id, person?.id), enabled: person !== null });
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={t("checkTitle")}
      description={t("checkText", { name: document.name })}
      className="text-base"
    >
      <div className="min-h-80">
        <SubjectPicker label={t("person")} kind="user" deactivated picked={person} onPick={setPerson} />
        <div aria-live="polite" className="mt-4">
          {person && query.isPending && <Skeleton className="h-20 rounded-lg" />}
          {person && query.isError && <p className="text-danger text-sm">{say(query.error)}</p>}
          {person && query.data && <AccessAnswer access={query.data} noun="document" />}
        </div>
      </div>
    </Dialog>
  );
}
