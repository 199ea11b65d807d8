import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

import { CONTROL } from "./input";

export function Textarea({ className, rows = 3, ...rest }: ComponentProps<"textarea">) {
  return <textarea {...rest} rows={rows} className={cn(CONTROL, "block resize-y px-3 py-2", className)} />;
}
