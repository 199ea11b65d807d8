"use client";

import { UsersRound } from "lucide-react";

import { Button } from "@/components/ui/button";
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
    <Button
      size="sm"
      variant="ghost"
      aria-label={`${t("whoOf", { name })}: ${who}`}
      className="-ml-2 h-auto min-h-7 max-w-full whitespace-normal px-2 py-1 text-left"
      onClick={onClick}
    >
      <UsersRound aria-hidden className="size-4 shrink-0 text-muted" />
      {who}
    </Button>
  );
}
