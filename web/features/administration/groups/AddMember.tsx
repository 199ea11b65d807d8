"use client";

import { UserRound } from "lucide-react";
import { useState } from "react";

import { Picker } from "@/components/ui/picker";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";

import { type Group, useAddMember, usePeopleFound } from "../queries";
import { messages } from "./messages";

/** Somebody found by name or address is a member as soon as they are picked. */
export function AddMember({ group }: { group: Group }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const add = useAddMember();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const search = useDebounced(typed.trim(), 150);
  const query = usePeopleFound(search, open);
  return (
    <Picker
      label={t("add")}
      placeholder={t("addHint")}
      typed={typed}
      onType={setTyped}
      onOpen={() => setOpen(true)}
      stale={search !== typed.trim() || query.isPlaceholderData}
      found={query.data?.items.map(({ id, name, email }) => ({ id, name, detail: email, icon: UserRound }))}
      onPick={(one) => {
        if (!one) return;
        add.mutate(
          { groupId: group.id, userId: one.id },
          {
            onSuccess: () => toast({ title: t("added", { name: one.name }), tone: "success" }),
            onError: (problem) => toast({ title: say(problem), tone: "danger" }),
          },
        );
      }}
    />
  );
}
