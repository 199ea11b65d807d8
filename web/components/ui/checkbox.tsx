import { Check, Minus } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";

import { cn } from "@/lib/cn";

import { mergeRefs } from "./floating";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type"> {
  onCheckedChange?: (checked: boolean) => void;
  /** Some of what it stands for is chosen. */
  indeterminate?: boolean;
  label?: ReactNode;
  hint?: ReactNode;
}

/** A box of 18 px in a target of 24. Without a label it needs an `aria-label`. */
export function Checkbox({ onCheckedChange, onChange, indeterminate, label, hint, className, ...rest }: CheckboxProps) {
  const made = useId();
  const id = rest.id ?? made;
  const mark = "pointer-events-none invisible absolute size-3.5 text-on-accent";
  const box = (
    <span className={cn("relative inline-grid size-6 shrink-0 place-items-center", !label && className)}>
      <input
        {...rest}
        id={id}
        type="checkbox"
        ref={mergeRefs(rest.ref, (element: HTMLInputElement | null) => {
          if (element) element.indeterminate = indeterminate ?? false;
        })}
        aria-describedby={hint ? `${id}-hint` : rest["aria-describedby"]}
        onChange={(event) => {
          onChange?.(event);
          onCheckedChange?.(event.target.checked);
        }}
        className={cn(
          "peer size-[1.125rem] cursor-pointer appearance-none rounded-[5px] border border-line-strong bg-raised transition-colors",
          "before:absolute before:inset-0 checked:border-accent checked:bg-accent",
          "indeterminate:border-accent indeterminate:bg-accent disabled:cursor-not-allowed disabled:opacity-50",
        )}
      />
      <Check aria-hidden strokeWidth={3} className={cn(mark, "peer-checked:visible peer-indeterminate:hidden")} />
      <Minus aria-hidden strokeWidth={3} className={cn(mark, "peer-indeterminate:visible")} />
    </span>
  );
  if (!label) return box;
  return (
    <div className={cn("flex items-start gap-2", className)}>
      {box}
      <div className="grid">
        <label htmlFor={id} className="cursor-pointer">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-sm">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
