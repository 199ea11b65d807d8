import { cloneElement, type ReactElement, type ReactNode, useId } from "react";

import { cn } from "@/lib/cn";

import { Label } from "./label";

interface ControlProps {
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean | "true" | "false" | "grammar" | "spelling";
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value was refused. */
  error?: ReactNode;
  className?: string;
  /** One control: Input, Textarea, Select or anything that takes `id` and the aria properties. */
  children: ReactElement<ControlProps>;
}

/** A control with its label, a hint and what is wrong with it, tied together for screen readers. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const made = useId();
  const id = children.props.id ?? made;
  const described = [children.props["aria-describedby"], hint && `${id}-hint`, error && `${id}-error`];
  return (
    <div className={cn("grid gap-1.5", className)}>
      <Label htmlFor={id}>{label}</Label>
      {cloneElement(children, {
        id,
        "aria-describedby": described.filter(Boolean).join(" ") || undefined,
        "aria-invalid": error ? true : children.props["aria-invalid"],
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-danger text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
