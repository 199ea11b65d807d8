"use client";

import type { ReactNode } from "react";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton, type Pages } from "@/components/ui/more-button";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

interface PageFrameProps {
  title: ReactNode;
  lead: ReactNode;
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  /** Above the title, as the way back. */
  above?: ReactNode;
  children: ReactNode;
}

/** A page of the administration: its title, what it is for, and what it shows. */
export function PageFrame({ title, lead, actions, above, children }: PageFrameProps) {
  return (
    <div className="@container mx-auto w-full max-w-[1400px] px-4 pt-8 pb-40 sm:px-8">
      {above}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0 max-w-2xl">
          <h1 className="break-words font-semibold text-2xl tracking-tight">{title}</h1>
          <p className="mt-1 text-pretty text-muted">{lead}</p>
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface PartProps {
  title: string;
  lead: string;
  children: ReactNode;
}

/** One matter of a page that has several. */
export function Part({ title, lead, children }: PartProps) {
  return (
    <section className="grid min-w-0 grid-cols-1 gap-4 rounded-xl border border-line bg-raised p-4 sm:p-5">
      <div>
        <h2 className="font-semibold text-lg">{title}</h2>
        <p className="text-pretty text-muted text-sm">{lead}</p>
      </div>
      {children}
    </section>
  );
}

interface ListingProps {
  query: Pages & {
    isPending: boolean;
    isError: boolean;
    isSuccess: boolean;
    error: unknown;
    items: readonly unknown[];
    refetch: () => unknown;
  };
  /** Shown where there is nothing. */
  empty: ReactNode;
  children: ReactNode;
}

/** A list that comes page by page: while it loads, when it fails, when it is empty, and the way to more. */
export function Listing({ query, empty, children }: ListingProps) {
  const t = useMessages(messages);
  if (query.isPending) {
    return (
      <div role="status" aria-label={t("loading")}>
        <Skeleton className="h-60 rounded-xl" />
      </div>
    );
  }
  if (query.isError && query.items.length === 0) {
    return <ErrorState problem={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isSuccess && query.items.length === 0) return empty;
  return (
    <>
      {children}
      <MoreButton of={query} className="mx-auto mt-6 flex" />
    </>
  );
}
