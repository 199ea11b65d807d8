import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** The place of what is being loaded; it has the size of what comes, so nothing jumps. */
export function Skeleton({ className, ...rest }: ComponentProps<"div">) {
  return <div {...rest} aria-hidden className={cn("animate-pulse rounded-md bg-line", className)} />;
}
