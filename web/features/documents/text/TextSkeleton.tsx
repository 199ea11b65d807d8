"use client";

import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** Stands where a text will, while it is loaded. */
export function TextSkeleton() {
  const t = useMessages(messages);
  return (
    <div role="status" aria-label={t("loading")} className="mx-auto max-w-3xl space-y-3 p-6">
      {["w-2/3", "w-full", "w-11/12", "w-4/5"].map((width) => (
        <Skeleton key={width} className={`h-5 ${width}`} />
      ))}
    </div>
  );
}
