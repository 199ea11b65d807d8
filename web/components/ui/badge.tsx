import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const TONES = {
  neutral: "bg-sunken text-muted ring-line",
  accent: "bg-accent-soft text-accent ring-transparent",
  success: "bg-success-soft text-success ring-transparent",
  warning: "bg-warning-soft text-warning ring-transparent",
  danger: "bg-danger-soft text-danger ring-transparent",
} as const;

export type Tone = keyof typeof TONES;

export function Badge({ tone = "neutral", className, ...rest }: ComponentProps<"span"> & { tone?: Tone }) {
  const look =
    "inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs ring-1 ring-inset";
  return <span {...rest} className={cn(look, TONES[tone], className)} />;
}
