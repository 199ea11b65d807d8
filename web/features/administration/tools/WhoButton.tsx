"use client";

import { UsersRound } from "lucide-react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Role } from "./queries";
import { useWho } from "./who";

interface WhoButtonProps {
  name: string;
  roles: readonly Role[];
  onClick: () => void;
}

/** Says who may use a tool, and leads to where that is decided. */
export function WhoButton({ name, roles, onClick }: WhoButtonProps) {
  const t = useMessages(messages);
  const who = useWho()(roles);
  return (
    <button
      type="button"
      aria-label={`${t("whoOf", { name })}: ${who}`}
      className="mt-0.5 -ml-1.5 flex min-h-7 max-w-full items-center gap-1.5 rounded-md px-1.5 py-0.5 text-left text-sm hover:bg-sunken"
      onClick={onClick}
    >
      <UsersRound aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0">{who}</span>
    </button>
  );
}
