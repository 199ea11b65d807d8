import { TriangleAlert } from "lucide-react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { developerMessages } from "./developer-messages";

/** Says plainly that the developer's way in is on. */
export function DeveloperNotice({ className }: { className?: string }) {
  const t = useMessages(developerMessages);
  return (
    <p className={cn("flex items-start gap-2 bg-warning-soft px-4 py-2 text-sm text-warning", className)}>
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      {t("developerOn")}
    </p>
  );
}

/** The same on every page, in a place that screen readers find. */
export function DeveloperBanner() {
  const t = useMessages(developerMessages);
  return (
    <section aria-label={t("developerMode")}>
      <DeveloperNotice />
    </section>
  );
}
