"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Pick, Picker } from "@/components/ui/picker";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";

import { KINDS } from "./kinds";
import { messages } from "./messages";

export type Subject = Schemas["SubjectOut"];

interface SubjectPickerProps {
  label: string;
  kind?: Subject["kind"];
  /** Also people whose account is deactivated: to ask about them. */
  deactivated?: boolean;
  picked: Subject | null;
  onPick: (subject: Subject | null) => void;
}

/** A person, group, department or everybody, found by a part of the name. */
export function SubjectPicker({ label, kind, deactivated = false, picked, onPick }: SubjectPickerProps) {
  const t = useMessages(messages);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const search = useDebounced(typed.trim(), 150);
  const query = useQuery({
    queryKey: ["subjects", kind ?? "any", deactivated, search],
    enabled: open,
    queryFn: () => unwrap(api.GET("/api/subjects", { params: { query: { search, kind, limit: 8, deactivated } } })),
  });

  const shown = (subject: Subject): Pick & { subject: Subject } => {
    const { icon, key } = KINDS[subject.kind];
    const detail = [t(key), subject.detail].filter(Boolean).join(" · ");
    return { id: `${subject.kind}:${subject.id}`, name: subject.name, detail, icon, subject };
  };
  return (
    <Picker
      label={label}
      placeholder={t("subjectPlaceholder")}
      found={query.data?.map(shown)}
      typed={typed}
      onType={setTyped}
      onOpen={() => setOpen(true)}
      stale={search !== typed.trim()}
      picked={picked && shown(picked)}
      onPick={(one) => onPick(one?.subject ?? null)}
    />
  );
}
