import { type ComponentType, createElement, isValidElement, type ReactElement } from "react";

/** An icon: an element, or a component such as those of lucide-react, drawn in the size of its place. */
export type IconLike = ReactElement | ComponentType<{ className?: string; "aria-hidden"?: boolean }>;

export function Icon({ icon, className }: { icon: IconLike; className?: string }) {
  if (isValidElement(icon)) return icon;
  return createElement(icon as ComponentType<{ className?: string; "aria-hidden"?: boolean }>, {
    className: className ?? "size-4",
    "aria-hidden": true,
  });
}
