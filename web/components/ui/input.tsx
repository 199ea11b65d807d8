import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** What Input, Textarea and Select have in common. */
export const CONTROL = cn(
  "w-full min-w-0 rounded-lg border border-line-strong bg-raised text-text transition-colors placeholder:text-muted",
  "focus-visible:border-accent focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent",
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-danger",
  "aria-invalid:focus-visible:outline-danger",
);

export function Input({ className, type = "text", ...rest }: ComponentProps<"input">) {
  return <input {...rest} type={type} className={cn(CONTROL, "h-10 px-3", className)} />;
}
