"use client";

import type { ReactNode } from "react";

import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";

interface DeletedRowProps {
  name: string;
  note: string;
  deletedAt: string;
  /** Empty when they are gone. */
  deletedBy: string;
  purgeAfter: string;
  /** What can be done with it. */
  children: ReactNode;
}

/** Something that was deleted: what, when, by whom, and until when it can be restored. */
export function DeletedRow({ name, note, deletedAt, deletedBy, purgeAfter, children }: DeletedRowProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const ago = formats.ago(deletedAt);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium [overflow-wrap:anywhere]">{name}</p>
        <p className="text-muted text-sm">
          {t("deleted")}{" "}
          <time dateTime={deletedAt} title={formats.moment(deletedAt)}>
            {deletedBy ? t("by", { ago, name: deletedBy }) : ago}
          </time>
          {" · "}
          {t("purged")}{" "}
          <time dateTime={purgeAfter} title={formats.moment(purgeAfter)}>
            {formats.date(purgeAfter)}
          </time>
        </p>
        {note && <p className="text-sm text-warning">{note}</p>}
      </div>
      <div className="flex flex-wrap gap-2">{children}</div>
    </li>
  );
}
