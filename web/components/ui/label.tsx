import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export function Label({ className, children, ...rest }: ComponentProps<"label">) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: whoever uses it says which control it labels
    <label {...rest} className={cn("font-medium text-sm text-text", className)}>
      {children}
    </label>
  );
}
