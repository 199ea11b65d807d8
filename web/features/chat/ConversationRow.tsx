"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Download, Ellipsis, FolderInput, Pencil, Pin, PinOff, Share2, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/menu";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { api, unwrap } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { FORMATS, useExport } from "./ExportMenu";
import { messages } from "./messages";
import { keys } from "./queries";
import type { Conversation } from "./types";

const ShareDialog = dynamic(() => import("./share/ShareDialog").then((module) => module.ShareDialog), { ssr: false });
const MoveDialog = dynamic(() => import("./folders/MoveDialog").then((module) => module.MoveDialog), { ssr: false });

interface ConversationRowProps {
  conversation: Conversation;
  isCurrent: boolean;
  onGone: () => void;
}

export function ConversationRow({ conversation, isCurrent, onGone }: ConversationRowProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const [title, setTitle] = useState<string | null>(null);
  const [dialog, setDialog] = useState<"share" | "move" | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const params = { path: { conversation_id: conversation.id } };
  const isRenaming = title !== null;
  useEffect(() => {
    if (isRenaming) field.current?.select();
  }, [isRenaming]);

  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
    }
    await client.invalidateQueries({ queryKey: keys.conversations });
  };
  const change = (body: { title?: string; pinned?: boolean }) =>
    attempt(() => unwrap(api.PATCH("/api/conversations/{conversation_id}", { params, body })));
  const restore = () => attempt(() => unwrap(api.POST("/api/conversations/{conversation_id}/restore", { params })));
  const remove = () =>
    attempt(async () => {
      await unwrap(api.DELETE("/api/conversations/{conversation_id}", { params }));
      onGone();
      toast({
        title: t("deleted", { title: conversation.title }),
        action: { label: t("undo"), onClick: () => void restore() },
      });
    });
  const save = useExport(`/api/conversations/${conversation.id}/export`, conversation.title);
  const rename = () => {
    const wanted = title?.trim();
    setTitle(null);
    if (wanted && wanted !== conversation.title) void change({ title: wanted });
  };

  if (title !== null) {
    return (
      <li>
        <input
          ref={field}
          aria-label={t("title")}
          value={title}
          maxLength={200}
          className="h-9 w-full rounded-lg border border-accent bg-raised px-2 text-sm"
          onChange={(event) => setTitle(event.target.value)}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === "Enter") rename();
            if (event.key === "Escape") setTitle(null);
          }}
        />
      </li>
    );
  }
  return (
    <li className={cn("group/row flex items-center rounded-lg hover:bg-line/60", isCurrent && "bg-line/60")}>
      <Link
        href={`/chat/?c=${conversation.id}`}
        aria-current={isCurrent ? "page" : undefined}
        className="min-w-0 flex-1 truncate px-2 py-1.5 text-sm"
      >
        {conversation.title}
        {conversation.agent_name && (
          <span className="block truncate text-muted text-xs">{conversation.agent_name}</span>
        )}
      </Link>
      <DropdownMenu>
        <DropdownMenuTrigger>
          <IconButton
            label={t("options", { title: conversation.title })}
            icon={Ellipsis}
            className="size-8 opacity-0 focus-visible:opacity-100 group-hover/row:opacity-100 aria-expanded:opacity-100 pointer-coarse:opacity-100"
          />
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuItem icon={Pencil} onSelect={() => setTitle(conversation.title)}>
            {t("rename")}
          </DropdownMenuItem>
          <DropdownMenuItem
            icon={conversation.pinned ? PinOff : Pin}
            onSelect={() => void change({ pinned: !conversation.pinned })}
          >
            {conversation.pinned ? t("unpin") : t("pin")}
          </DropdownMenuItem>
          <DropdownMenuItem icon={FolderInput} onSelect={() => setDialog("move")}>
            {t("moveToFolder")}
          </DropdownMenuItem>
          <DropdownMenuItem icon={Share2} onSelect={() => setDialog("share")}>
            {t("share")}
          </DropdownMenuItem>
          <DropdownMenuSeparator />
          {FORMATS.map((format) => (
            <DropdownMenuItem key={format[0]} icon={Download} onSelect={() => void save(format)}>
              {t(format[2])}
            </DropdownMenuItem>
          ))}
          <DropdownMenuSeparator />
          <DropdownMenuItem icon={Trash2} danger onSelect={() => void remove()}>
            {t("delete")}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      {dialog === "share" && (
        <ShareDialog conversationId={conversation.id} title={conversation.title} onClose={() => setDialog(null)} />
      )}
      {dialog === "move" && <MoveDialog conversation={conversation} onClose={() => setDialog(null)} />}
    </li>
  );
}
