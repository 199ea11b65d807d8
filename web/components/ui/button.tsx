import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

import { Spinner } from "./spinner";

const VARIANTS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border border-line bg-raised text-text hover:bg-sunken",
  ghost: "text-text hover:bg-sunken",
  danger: "bg-danger text-ground hover:opacity-90",
} as const;

const SIZES = {
  sm: "h-8 gap-1.5 rounded-md px-3 text-sm",
  md: "h-10 gap-2 rounded-lg px-4",
  icon: "size-9 rounded-lg",
} as const;

export type ButtonVariant = keyof typeof VARIANTS;
export type ButtonSize = keyof typeof SIZES;

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Shows that the work is under way. The button keeps its width and the focus, and does nothing. */
  busy?: boolean;
}

/** The looks of a button, for a link that should look like one. */
export function buttonClass(variant: ButtonVariant = "primary", size: ButtonSize = "md", more?: string): string {
  return cn(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap font-medium transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed",
    VARIANTS[variant],
    SIZES[size],
    more,
  );
}

export function Button({
  variant = "primary",
  size = "md",
  busy = false,
  type = "button",
  className,
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest["aria-disabled"]}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      // Only while the spinner lies over it: a class of the caller may put it elsewhere.
      className={buttonClass(variant, size, cn(busy && "relative", className))}
    >
      {busy ? (
        <>
          <span className="absolute inset-0 grid place-items-center">
            <Spinner />
          </span>
          {/* Transparent, not hidden: it goes on naming the button to those who hear the page. */}
          <span className="contents text-transparent">{children}</span>
        </>
      ) : (
        children
      )}
    </button>
  );
}
