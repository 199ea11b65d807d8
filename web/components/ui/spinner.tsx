import { LoaderCircle } from "lucide-react";

import { cn } from "@/lib/cn";

/** Something is under way. With a label it says so to those who cannot see it turn. */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  const drawing = <LoaderCircle aria-hidden className={cn("size-4 animate-spin", className)} />;
  if (!label) return drawing;
  return (
    <span role="status" aria-label={label} className="inline-flex">
      {drawing}
    </span>
  );
}
