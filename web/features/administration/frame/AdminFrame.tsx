"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";

import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { api, unwrap } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Section, sectionAt, sectionsOf } from "./sections";

/** The same key as everywhere, so it is read once. */
function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
}

/** What stays around the pages of the administration: the way between them, for whom a permission allows it. */
export function AdminFrame({ children }: { children: ReactNode }) {
  const t = useMessages(messages);
  const me = useMe();
  const sections = sectionsOf(me.data?.permissions);
  const section = sectionAt(usePathname());
  if (me.isPending) {
    return (
      <div role="status" aria-label={t("loading")} className="mx-auto w-full max-w-[1400px] px-4 pt-8 sm:px-8">
        <Skeleton className="h-60 rounded-xl" />
      </div>
    );
  }
  if (me.isError) return <ErrorState problem={me.error} onRetry={() => void me.refetch()} />;
  return (
    <>
      {sections.length > 1 && <Sections sections={sections} current={section} />}
      {section && sections.includes(section) ? children : <NotAllowed />}
    </>
  );
}

function NotAllowed() {
  const t = useMessages(messages);
  return (
    <>
      <VisuallyHidden>
        <h1>{t("title")}</h1>
      </VisuallyHidden>
      <EmptyState icon={Lock} title={t("noneTitle")} description={t("noneText")} />
    </>
  );
}

function Sections({ sections, current }: { sections: readonly Section[]; current: Section | undefined }) {
  const t = useMessages(messages);
  const strip = useRef<HTMLUListElement>(null);
  const here = current?.key;

  // On narrow screens the strip is longer than the screen is wide.
  useEffect(() => {
    const list = strip.current;
    const link = here && list?.querySelector<HTMLElement>(`[data-section="${here}"]`);
    if (list && link) list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
  }, [here]);

  return (
    <nav aria-label={t("title")} className="border-line border-b">
      <ul
        ref={strip}
        className="relative mx-auto flex w-full max-w-[1400px] gap-1 overflow-x-auto px-2 [scrollbar-width:none] sm:px-6"
      >
        {sections.map((section) => (
          <li key={section.key} className="shrink-0">
            <Link
              href={section.href}
              data-section={section.key}
              aria-current={section.key === here ? "page" : undefined}
              className={cn(
                "flex h-12 items-center whitespace-nowrap border-transparent border-b-2 px-3 font-medium text-muted text-sm transition-colors",
                "hover:text-text focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:text-text",
              )}
            >
              {t(section.key)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
