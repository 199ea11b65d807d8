"use client";

import { cn } from "@/lib/cn";

import { type DialogProps, Modal } from "./dialog";

const SIDES = {
  left: "mr-auto border-r animate-from-left",
  right: "ml-auto border-l animate-from-right",
} as const;

/** A dialog at an edge of the screen; a press beside it closes it. */
export function Sheet({ side = "right", className, ...rest }: DialogProps & { side?: keyof typeof SIDES }) {
  const look = "my-0 h-dvh max-h-none w-[min(24rem,calc(100vw-3rem))] max-w-none border-line";
  return rest.open ? <Modal dismissOnPress {...rest} className={cn(look, SIDES[side], className)} /> : null;
}
