"use client";

import {
  BookOpenText,
  Bot,
  FileText,
  Keyboard,
  MessageSquare,
  Moon,
  SquarePen,
  Sun,
  TextSearch,
  UserRound,
} from "lucide-react";
import { useRouter } from "next/navigation";

import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { chooseTheme } from "@/lib/theme";

import { type Entry, fits, type Group } from "./entries";
import { messages } from "./messages";
import { useAgents, useConversations, useDocuments, useFoundMessages, useSettled } from "./search";

interface Groups {
  groups: readonly Group[];
  /** What is shown may change in a moment. */
  busy: boolean;
  problem: unknown;
}

/** What the palette offers: what the server finds first, then pages and actions of the page itself. */
export function useGroups(query: string, onShortcuts: () => void): Groups {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const router = useRouter();
  const settled = useSettled(query);
  const conversations = useConversations(settled);
  const documents = useDocuments(settled);
  const said = useFoundMessages(settled);
  const agents = useAgents(settled);

  const dark = document.documentElement.dataset.theme === "dark";
  const go = (to: string) => () => router.push(to);
  const pages: Entry[] = [
    { id: "new", icon: SquarePen, label: t("newChat"), run: go("/chat/") },
    { id: "knowledge", icon: BookOpenText, label: t("knowledge"), run: go("/knowledge/") },
    { id: "agents", icon: Bot, label: t("agents"), run: go("/agents/") },
    { id: "account", icon: UserRound, label: t("account"), run: go("/account/") },
  ];
  const actions: Entry[] = [
    {
      id: "theme",
      icon: dark ? Sun : Moon,
      label: t(dark ? "toLight" : "toDark"),
      run: () => chooseTheme(dark ? "light" : "dark"),
    },
    { id: "shortcuts", icon: Keyboard, label: t("shortcuts"), run: onShortcuts },
  ];
  const found: Group[] = [
    {
      id: "conversations",
      title: t(settled ? "conversations" : "recent"),
      entries: (conversations.data?.items ?? []).map((one) => ({
        id: one.id,
        icon: MessageSquare,
        label: one.title || t("untitled"),
        note: ago(one.updated_at),
        run: go(`/chat/?c=${one.id}`),
      })),
    },
    {
      id: "messages",
      title: t("messages"),
      entries: (settled ? (said.data?.items ?? []) : []).map((one) => ({
        id: one.message_id,
        icon: TextSearch,
        label: one.conversation_title,
        parts: one.snippet,
        note: ago(one.created_at),
        run: go(`/chat/?c=${one.conversation_id}&m=${one.message_id}`),
      })),
    },
    {
      id: "agents",
      title: t("agents"),
      entries: (settled ? (agents.data?.items ?? []) : []).map((one) => ({
        id: one.id,
        icon: Bot,
        label: one.name,
        note: one.description,
        run: go(`/chat/?agent=${one.id}`),
      })),
    },
    {
      id: "documents",
      title: t("documents"),
      entries: (settled ? (documents.data?.items ?? []) : []).map((one) => ({
        id: one.id,
        icon: FileText,
        label: one.title || one.name,
        note: one.title && one.title !== one.name ? one.name : "",
        run: go(`/knowledge/document/?id=${one.id}`),
      })),
    },
    { id: "pages", title: t("pages"), entries: pages.filter((entry) => fits(entry.label, query)) },
    { id: "actions", title: t("actions"), entries: actions.filter((entry) => fits(entry.label, query)) },
  ];
  return {
    groups: found.filter((group) => group.entries.length > 0),
    busy: query !== settled || conversations.isFetching || documents.isFetching || said.isFetching || agents.isFetching,
    problem: conversations.error ?? documents.error ?? said.error ?? agents.error,
  };
}
