import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export function Kbd({ className, ...rest }: ComponentProps<"kbd">) {
  const look =
    "inline-grid h-5 min-w-5 place-items-center rounded border border-line bg-sunken px-1 font-sans text-muted text-xs";
  return <kbd {...rest} className={cn(look, className)} />;
}
