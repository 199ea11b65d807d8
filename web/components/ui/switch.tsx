import { cn } from "@/lib/cn";

interface SwitchProps {
  /** What it switches. */
  label: string;
  checked: boolean;
  busy?: boolean;
  onCheckedChange: (checked: boolean) => void;
}

/** On or off, at once: for what needs no "Save". */
export function Switch({ label, checked, busy, onCheckedChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-disabled={busy}
      onClick={() => !busy && onCheckedChange(!checked)}
      className={cn(
        "relative h-6 w-10 shrink-0 cursor-pointer rounded-full border transition-colors",
        checked ? "border-accent bg-accent" : "border-line-strong bg-sunken",
        busy && "opacity-60",
      )}
    >
      <span
        aria-hidden
        className={cn(
          "absolute top-0.5 left-0.5 size-[1.125rem] rounded-full transition-transform",
          checked ? "translate-x-4 bg-on-accent" : "bg-line-strong",
        )}
      />
    </button>
  );
}
