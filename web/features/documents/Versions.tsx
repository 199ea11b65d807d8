"use client";

import { useId } from "react";

import { Select } from "@/components/ui/select";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";

interface VersionsProps {
  document: Schemas["DocumentDetail"];
  current: string | undefined;
  onChoose: (versionId: string) => void;
}

export function Versions({ document, current, onChoose }: VersionsProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const id = useId();
  const readable = document.versions.filter((one) => one.state === "active" || one.state === "superseded");
  return (
    <div className="flex items-center gap-2 px-4 pb-2 text-sm">
      <label htmlFor={id}>{t("versions")}</label>
      <Select
        id={id}
        value={current ?? document.active_version_id ?? ""}
        onChange={(event) => onChoose(event.target.value)}
      >
        {readable.map((one) => (
          <option key={one.id} value={one.id}>
            {t("version", { number: one.number })} · {formats.moment(one.created_at)}
          </option>
        ))}
      </Select>
    </div>
  );
}
