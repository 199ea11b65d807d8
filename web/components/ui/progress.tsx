import { cn } from "@/lib/cn";

interface ProgressProps {
  /** 0 to 1; left out while nobody knows. */
  value?: number | undefined;
  label: string;
  className?: string;
}

export function Progress({ value, label, className }: ProgressProps) {
  const known = value !== undefined;
  const share = Math.round(Math.min(1, Math.max(0, value ?? 0)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? share : undefined}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-line", className)}
    >
      <div
        className={cn(
          "h-full rounded-full bg-accent",
          known ? "transition-[width] duration-300" : "w-1/3 animate-slide",
        )}
        style={known ? { width: `${share}%` } : undefined}
      />
    </div>
  );
}
