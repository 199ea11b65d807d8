"use client";

import { ChevronsUpDown, Keyboard, KeyRound, LogOut, UserRound } from "lucide-react";
import { useRouter } from "next/navigation";

import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { chooseLanguage, LANGUAGES, type Language, useLanguage, useMessages } from "@/lib/i18n";
import { chooseTheme, THEMES, useTheme } from "@/lib/theme";

import { leave } from "./leave";
import { messages } from "./messages";
import { useMe } from "./queries";

interface UserMenuProps {
  /** Only the picture: the rail is narrow. */
  small?: boolean;
  onShortcuts: () => void;
}

export function UserMenu({ small, onShortcuts }: UserMenuProps) {
  const t = useMessages(messages);
  const router = useRouter();
  const { data: me } = useMe();
  const theme = useTheme((chosen) => chosen.theme);
  const language = useLanguage((chosen) => chosen.language);
  const name = me?.user.name ?? "";
  const company = me?.tenant.name ?? "";

  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <button
          type="button"
          className={cn("flex items-center gap-2.5 rounded-lg p-1.5 text-left hover:bg-line/60", !small && "w-full")}
        >
          <span
            aria-hidden
            className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft font-semibold text-accent text-xs"
          >
            {initials(name)}
          </span>
          {small && <span className="sr-only">{name}</span>}
          {!small && (
            <>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium text-sm leading-tight">{name}</span>
                <span className="block truncate text-muted text-xs">{company}</span>
              </span>
              <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted" />
            </>
          )}
          <span className="sr-only">{t("yourAccount")}</span>
        </button>
      </DropdownMenuTrigger>
      <DropdownMenuContent side={small ? "right" : "top"} align={small ? "end" : "start"} className="w-60">
        <DropdownMenuLabel>{t("theme")}</DropdownMenuLabel>
        {THEMES.map((one) => (
          <DropdownMenuRadioItem key={one} checked={one === theme} onSelect={() => chooseTheme(one)}>
            {t(one)}
          </DropdownMenuRadioItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuLabel>{t("language")}</DropdownMenuLabel>
        {Object.entries(LANGUAGES).map(([code, label]) => (
          <DropdownMenuRadioItem
            key={code}
            checked={code === language}
            onSelect={() => chooseLanguage(code as Language)}
          >
            <span lang={code}>{label}</span>
          </DropdownMenuRadioItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem icon={Keyboard} onSelect={onShortcuts}>
          {t("shortcuts")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={KeyRound} onSelect={() => router.push("/account/keys/")}>
          {t("apiKeys")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={UserRound} onSelect={() => router.push("/account/")}>
          {t("account")}
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <DropdownMenuItem icon={LogOut} onSelect={() => leave(me?.single_sign_on)}>
          {t("signOut")}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "")][0] ?? "";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return `${first}${last}`.toLocaleUpperCase();
}
