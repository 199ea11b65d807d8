"use client";

import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** Stands where a document will, while it is loaded. */
export function Skim() {
  const t = useMessages(messages);
  return (
    <div role="status" aria-label={t("loading")} className="flex-1 bg-sunken p-4">
      <Skeleton className="mx-auto aspect-[1/1.414] w-full max-w-3xl" />
    </div>
  );
}
