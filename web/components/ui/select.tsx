import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

import { CONTROL } from "./input";

/** The browser's own select: it works on a telephone, by keyboard and with every screen reader. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <span className={cn("relative inline-flex w-full items-center", className)}>
      <select {...rest} className={cn(CONTROL, "h-10 cursor-pointer appearance-none truncate pr-9 pl-3")}>
        {children}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute right-3 size-4 text-muted" />
    </span>
  );
}
