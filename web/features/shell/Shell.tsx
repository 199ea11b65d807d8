"use client";

import { Menu, SquarePen } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";

import { buttonClass } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Logo } from "@/components/ui/logo";
import { Sheet } from "@/components/ui/sheet";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";
import { usePanel } from "@/lib/panel";

import { useShortcuts } from "./keys";
import { messages } from "./messages";
import { PanelSlot } from "./PanelSlot";
import { Rail } from "./Rail";
import { toggleRail, useShell } from "./store";

const ShortcutsDialog = dynamic(() => import("./ShortcutsDialog").then((module) => module.ShortcutsDialog), {
  ssr: false,
});

interface ShellProps {
  conversations: ReactNode;
  user: (small: boolean) => ReactNode;
  /** The document panel; drawn only while there is something to show. */
  panel: ReactNode;
  /** What everybody has to know on every page; mostly nothing. */
  notice?: ReactNode;
  /** Whether the rail leads to the administration. */
  administration: boolean;
  children: ReactNode;
}

/** What stays around the pages: the rail at the left (a drawer on narrow screens), the document panel at the right. */
export function Shell({ conversations, user, panel, notice, administration, children }: ShellProps) {
  const t = useMessages(messages);
  const { collapsed, drawer, shortcuts } = useShell();
  const narrow = useMedia("(max-width: 1023px)");
  const open = usePanel((state) => state.places.length > 0);
  const covered = open && narrow;
  const main = useArrival();
  useGlobalShortcuts();

  return (
    <div className="flex h-dvh overflow-hidden">
      <a
        href="#main"
        className={buttonClass("primary", "md", "absolute top-3 left-3 z-50 -translate-y-20 focus:translate-y-0")}
      >
        {t("skip")}
      </a>
      <nav
        inert={covered}
        aria-label={t("navigation")}
        className={cn("hidden shrink-0 border-line border-r md:block", collapsed ? "w-[3.75rem]" : "w-64 xl:w-72")}
      >
        <Rail conversations={conversations} user={user(collapsed)} administration={administration} small={collapsed} />
      </nav>
      <div inert={covered} className="flex min-w-0 flex-1 flex-col">
        {notice}
        <TopBar />
        <main id="main" ref={main} tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
          {children}
        </main>
      </div>
      {open && (
        <PanelSlot key={narrow ? "full" : "beside"} full={narrow}>
          {panel}
        </PanelSlot>
      )}
      <Sheet
        side="left"
        open={drawer}
        onOpenChange={(next) => useShell.setState({ drawer: next })}
        title={t("navigation")}
        hideHeader
        className="w-[min(20rem,calc(100vw-3rem))]"
      >
        {/* biome-ignore lint/a11y/noStaticElementInteractions: only closes the drawer after a link was followed */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click too */}
        <div
          className="h-dvh"
          onClick={(event) => {
            if (event.target instanceof Element && event.target.closest("a")) useShell.setState({ drawer: false });
          }}
        >
          <Rail conversations={conversations} user={user(false)} administration={administration} inDrawer />
        </div>
      </Sheet>
      {shortcuts && <ShortcutsDialog />}
    </div>
  );
}

function TopBar() {
  const t = useMessages(messages);
  return (
    <header className="flex h-14 shrink-0 items-center justify-between border-line border-b px-2 md:hidden">
      <IconButton label={t("menu")} icon={Menu} onClick={() => useShell.setState({ drawer: true })} />
      <span className="flex items-center gap-2 font-semibold">
        <Logo className="size-5" />
        Nexus
      </span>
      <Link href="/chat/" aria-label={t("newChat")} className={buttonClass("ghost", "icon")}>
        <SquarePen aria-hidden className="size-[1.125rem]" />
      </Link>
    </header>
  );
}

/** On a new page the focus goes to its content, unless the page put it somewhere itself. */
function useArrival() {
  const main = useRef<HTMLElement>(null);
  const pathname = usePathname();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    usePanel.setState({ places: [], current: 0, opener: null });
    const element = main.current;
    if (!element) return;
    element.scrollTop = 0;
    if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

function useGlobalShortcuts() {
  const router = useRouter();
  const shortcuts = useMemo(
    () => [
      { key: "k", run: () => useShell.setState({ palette: true }) },
      { key: "b", run: toggleRail },
      { key: "/", run: () => useShell.setState({ shortcuts: true }) },
      { key: "o", shift: true, run: () => router.push("/chat/") },
    ],
    [router],
  );
  useShortcuts(shortcuts);
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = () => setMatches(media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, [query]);
  return matches;
}
