"use client";

import { Ellipsis, KeyRound, Link, LogOut, Pencil, ShieldOff, Trash2, UserCheck, UserX } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/menu";
import { useMessages } from "@/lib/i18n";

import type { Act } from "./Dialogs";
import { messages } from "./messages";
import type { Power } from "./power";
import type { Person } from "./types";

interface PersonMenuProps {
  person: Person;
  power: Power;
  onAct: (act: Act) => void;
}

/** What may be done to this person's account, by whom looks at it. */
export function PersonMenu({ person, power, onAct }: PersonMenuProps) {
  const t = useMessages(messages);
  if (!power.edit) return null;
  const { state } = person;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <IconButton label={t("actionsFor", { name: person.name })} icon={Ellipsis} />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem icon={Pencil} onSelect={() => onAct({ kind: "edit", person })}>
          {t("edit")}
        </DropdownMenuItem>
        {power.govern && (
          <>
            {state === "invited" && (
              <DropdownMenuItem icon={Link} onSelect={() => onAct({ kind: "invite-again", person })}>
                {t("inviteAgain")}
              </DropdownMenuItem>
            )}
            {state === "active" && (
              <>
                <DropdownMenuItem icon={KeyRound} onSelect={() => onAct({ kind: "reset-link", person })}>
                  {t("resetLink")}
                </DropdownMenuItem>
                <DropdownMenuItem icon={LogOut} onSelect={() => onAct({ kind: "end-sessions", person })}>
                  {t("endSessions")}
                </DropdownMenuItem>
              </>
            )}
            {person.second_factor && (
              <DropdownMenuItem icon={ShieldOff} onSelect={() => onAct({ kind: "factor-off", person })}>
                {t("factorOff")}
              </DropdownMenuItem>
            )}
            <DropdownMenuItem
              icon={state === "deactivated" ? UserCheck : UserX}
              onSelect={() => onAct({ kind: state === "deactivated" ? "activate" : "deactivate", person })}
            >
              {t(state === "deactivated" ? "activate" : "deactivate")}
            </DropdownMenuItem>
            <DropdownMenuSeparator />
            <DropdownMenuItem icon={Trash2} danger onSelect={() => onAct({ kind: "delete", person })}>
              {t("delete")}
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
