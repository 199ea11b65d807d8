"use client";

import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuTrigger } from "@/components/ui/menu";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** What may be done to one of a list. */
export function RowMenu({ name, children }: { name: string; children: ReactNode }) {
  const t = useMessages(messages);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <IconButton label={t("actionsFor", { name })} icon={Ellipsis} />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">{children}</DropdownMenuContent>
    </DropdownMenu>
  );
}
