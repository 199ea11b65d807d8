"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ChevronRight, Ellipsis, FolderClosed, FolderOpen, Pencil, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/menu";
import { MoreButton } from "@/components/ui/more-button";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { ConversationRow } from "../ConversationRow";
import { keys } from "../queries";
import { messages } from "./messages";
import { deleteFolder, type Folder, foldersKey, useFolderContent, useFolders } from "./queries";

const RenameDialog = dynamic(() => import("./RenameDialog").then((module) => module.RenameDialog), { ssr: false });
const ConfirmDialog = dynamic(() => import("@/components/ui/confirm-dialog").then((module) => module.ConfirmDialog), {
  ssr: false,
});

interface FolderListProps {
  current: string | null;
  onGone: (conversationId: string) => void;
}

/** A person's folders in the rail; what is in one is read when it is opened. */
export function FolderList({ current, onGone }: FolderListProps) {
  const t = useMessages(messages);
  const folders = useFolders();
  if (!folders.data?.length) return null;
  return (
    <section aria-label={t("folders")}>
      <h2 className="px-2 pb-1 font-medium text-muted text-xs">{t("folders")}</h2>
      <ul>
        {folders.data.map((folder) => (
          <FolderItem key={folder.id} folder={folder} current={current} onGone={onGone} />
        ))}
      </ul>
    </section>
  );
}

function FolderItem({ folder, current, onGone }: FolderListProps & { folder: Folder }) {
  const t = useMessages(messages);
  const client = useQueryClient();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const content = useFolderContent(folder.id, open);
  const items = content.data?.pages.flatMap((page) => page.items) ?? [];
  const refresh = () =>
    Promise.all([foldersKey, keys.conversations].map((queryKey) => client.invalidateQueries({ queryKey })));
  const Drawing = open ? FolderOpen : FolderClosed;
  return (
    <li>
      <div className="group/row flex items-center rounded-lg hover:bg-line/60">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 flex-1 items-center gap-1.5 rounded-lg px-2 py-1.5 text-left text-sm"
        >
          <ChevronRight
            aria-hidden
            className={cn("size-3.5 shrink-0 text-muted transition-transform", open && "rotate-90")}
          />
          <Drawing aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="truncate">{folder.name}</span>
        </button>
        <DropdownMenu>
          <DropdownMenuTrigger>
            <IconButton
              label={t("options", { name: folder.name })}
              icon={Ellipsis}
              className="size-8 opacity-0 focus-visible:opacity-100 group-hover/row:opacity-100 aria-expanded:opacity-100 pointer-coarse:opacity-100"
            />
          </DropdownMenuTrigger>
          <DropdownMenuContent>
            <DropdownMenuItem icon={Pencil} onSelect={() => setDialog("rename")}>
              {t("rename")}
            </DropdownMenuItem>
            <DropdownMenuItem icon={Trash2} danger onSelect={() => setDialog("delete")}>
              {t("delete")}
            </DropdownMenuItem>
          </DropdownMenuContent>
        </DropdownMenu>
      </div>
      <ul id={id} hidden={!open} className="ps-5">
        {items.map((conversation) => (
          <ConversationRow
            key={conversation.id}
            conversation={conversation}
            isCurrent={conversation.id === current}
            onGone={() => onGone(conversation.id)}
          />
        ))}
        {content.isSuccess && items.length === 0 && <li className="px-2 py-1 text-muted text-xs">{t("empty")}</li>}
        {content.hasNextPage && (
          <li>
            <MoreButton of={content} size="sm" variant="ghost" />
          </li>
        )}
      </ul>
      {dialog === "rename" && <RenameDialog folder={folder} onSaved={refresh} onClose={() => setDialog(null)} />}
      {dialog === "delete" && (
        <ConfirmDialog
          open
          onOpenChange={() => setDialog(null)}
          title={t("deleteTitle", { name: folder.name })}
          description={t("deleteHint")}
          confirm={t("delete")}
          danger
          onConfirm={async () => {
            await deleteFolder(folder.id);
            await refresh();
          }}
        />
      )}
    </li>
  );
}
