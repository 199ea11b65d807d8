"use client";

import { EyeOff } from "lucide-react";
import Link from "next/link";

import { Badge } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import { useMessages } from "@/lib/i18n";

import { iconOf } from "../media";
import type { KnowledgeDocument } from "../types";
import { folderOf } from "./actions";
import { placeOf } from "./DocumentMenu";
import { messages } from "./messages";

export function DocumentName({ document }: { document: KnowledgeDocument }) {
  const t = useMessages(messages);
  const Icon = iconOf(document.media_type);
  const folder = folderOf(document);
  return (
    <div className="flex min-w-0 items-start gap-2.5">
      <Icon aria-hidden className="mt-1 size-4 shrink-0 text-muted" />
      <div className="min-w-0">
        <Link
          href={placeOf(document)}
          prefetch={false}
          className="inline-block min-h-6 font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
        >
          {document.name}
        </Link>
        {document.restricted && (
          <span className="ml-2 align-middle">
            <Tooltip label={t("restrictedHint")}>
              <Badge tone="warning">
                <EyeOff aria-hidden className="size-3" />
                {t("restricted")}
              </Badge>
            </Tooltip>
          </span>
        )}
        {folder && <p className="text-muted text-xs [overflow-wrap:anywhere]">{folder}</p>}
      </div>
    </div>
  );
}
