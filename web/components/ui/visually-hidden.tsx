import type { ComponentProps } from "react";

/** For screen readers alone. */
export function VisuallyHidden({ className: _, ...rest }: ComponentProps<"span">) {
  return <span {...rest} className="sr-only" />;
}
