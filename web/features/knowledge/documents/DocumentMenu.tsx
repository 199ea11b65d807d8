"use client";

import { Download, Ellipsis, ExternalLink, FolderInput, RotateCw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { IconButton } from "@/components/ui/icon-button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/menu";
import { useMessages } from "@/lib/i18n";

import type { KnowledgeDocument } from "../types";
import type { DocumentActions } from "./actions";
import { messages } from "./messages";

interface DocumentMenuProps {
  document: KnowledgeDocument;
  manages: boolean;
  actions: DocumentActions;
}

export function DocumentMenu({ document, manages, actions }: DocumentMenuProps) {
  const t = useMessages(messages);
  const router = useRouter();
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <IconButton label={t("actionsFor", { name: document.name })} icon={Ellipsis} />
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem icon={ExternalLink} onSelect={() => router.push(placeOf(document))}>
          {t("open")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={Download} onSelect={() => actions.download(document)}>
          {t("download")}
        </DropdownMenuItem>
        {manages && (
          <>
            <DropdownMenuItem icon={RotateCw} onSelect={() => actions.reprocess([document])}>
              {t("reprocess")}
            </DropdownMenuItem>
            <DropdownMenuItem icon={FolderInput} onSelect={() => actions.move([document])}>
              {t("move")}
            </DropdownMenuItem>
            <DropdownMenuSeparator />
            <DropdownMenuItem icon={Trash2} danger onSelect={() => actions.delete([document])}>
              {t("delete")}
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

export function placeOf(document: KnowledgeDocument): string {
  return `/knowledge/document/?id=${document.id}`;
}
