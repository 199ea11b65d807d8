"use client";

import { BookOpenText, Bot, type LucideIcon, PanelLeft, Search, SquarePen, UserCog, X } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Kbd } from "@/components/ui/kbd";
import { Logo } from "@/components/ui/logo";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { MOD } from "./keys";
import { messages } from "./messages";
import { toggleRail, useShell } from "./store";

interface RailProps {
  conversations: ReactNode;
  /** The menu at the bottom. */
  user: ReactNode;
  small?: boolean;
  /** Whether this person administers anything. */
  administration?: boolean;
  /** In the drawer there is nothing to collapse. */
  inDrawer?: boolean;
}

export function Rail({ conversations, user, small = false, administration = false, inDrawer = false }: RailProps) {
  const t = useMessages(messages);
  const pathname = usePathname();
  return (
    <div className="flex h-full min-h-0 flex-col bg-sunken">
      <div className={cn("flex h-14 shrink-0 items-center px-3", small ? "justify-center" : "justify-between")}>
        {!small && (
          <Link href="/chat/" className="flex items-center gap-2.5 rounded-lg px-1.5 py-1 font-semibold">
            <Logo className="size-6" />
            Nexus
          </Link>
        )}
        {inDrawer ? (
          <IconButton label={t("closeMenu")} icon={X} onClick={() => useShell.setState({ drawer: false })} />
        ) : (
          <IconButton
            label={t(small ? "expand" : "collapse")}
            icon={PanelLeft}
            onClick={toggleRail}
            aria-expanded={!small}
            className="text-muted hover:bg-line/60"
          />
        )}
      </div>
      <ul className="grid shrink-0 gap-0.5 px-3">
        <li>
          <Entry icon={SquarePen} label={t("newChat")} href="/chat/" small={small} />
        </li>
        <li>
          <Entry
            icon={Search}
            label={t("search")}
            keys={inDrawer ? [] : [MOD, "K"]}
            onClick={() => useShell.setState({ palette: true, drawer: false })}
            small={small}
          />
        </li>
        <li>
          <Entry
            icon={BookOpenText}
            label={t("knowledge")}
            href="/knowledge/"
            current={pathname.startsWith("/knowledge")}
            small={small}
          />
        </li>
        <li>
          <Entry
            icon={Bot}
            label={t("agents")}
            href="/agents/"
            current={pathname.startsWith("/agents")}
            small={small}
          />
        </li>
        {administration && (
          <li>
            <Entry
              icon={UserCog}
              label={t("administration")}
              href="/admin/users/"
              current={pathname.startsWith("/admin")}
              small={small}
            />
          </li>
        )}
      </ul>
      <div className="mt-4 min-h-0 flex-1 overflow-y-auto px-3">{!small && conversations}</div>
      <div className={cn("shrink-0 border-line border-t p-2", small && "grid place-items-center")}>{user}</div>
    </div>
  );
}

interface EntryProps {
  icon: LucideIcon;
  label: string;
  href?: string;
  onClick?: () => void;
  keys?: string[];
  current?: boolean;
  small: boolean;
}

function Entry({ icon: Drawing, label, href, onClick, keys, current = false, small }: EntryProps) {
  const look = cn(
    "group flex h-9 w-full items-center gap-2.5 rounded-lg px-2 transition-colors hover:bg-line/60",
    small && "justify-center",
    current && "bg-accent-soft font-medium text-accent hover:bg-accent-soft",
  );
  const content = (
    <>
      <Drawing aria-hidden className={cn("size-[1.125rem] shrink-0", !current && "text-muted")} />
      {!small && <span className="flex-1 text-left">{label}</span>}
      {!small && keys && (
        <span aria-hidden className="flex gap-0.5">
          {keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </span>
      )}
    </>
  );
  const name = small ? { "aria-label": label } : {};
  const entry = href ? (
    <Link href={href} aria-current={current ? "page" : undefined} {...name} className={look}>
      {content}
    </Link>
  ) : (
    <button type="button" onClick={onClick} {...name} className={look}>
      {content}
    </button>
  );
  return small ? (
    <Tooltip label={label} side="right">
      {entry}
    </Tooltip>
  ) : (
    entry
  );
}
