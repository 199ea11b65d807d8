"use client";

import { useId } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Skeleton } from "@/components/ui/skeleton";

interface Option {
  value: string;
  label: string;
  hint?: string;
}

interface ChoiceProps {
  legend: string;
  all: string;
  some: string;
  /** Below everything, where there is something to say. */
  hint?: string | undefined;
  error?: string | undefined;
  /** undefined while they are being read. */
  options: readonly Option[] | undefined;
  /** null is all. */
  chosen: readonly string[] | null;
  onChoose: (chosen: string[] | null) => void;
}

/** Everything, or only what is ticked. */
export function Choice({ legend, all, some, hint, error, options, chosen, onChoose }: ChoiceProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <fieldset aria-describedby={described || undefined}>
      <legend className="mb-2 font-semibold text-lg">{legend}</legend>
      <div className="grid gap-2">
        {[all, some].map((label, index) => (
          <label key={label} className="flex min-h-6 cursor-pointer items-center gap-3">
            <input
              type="radio"
              name={`${id}-extent`}
              className="size-4 shrink-0 accent-accent"
              checked={(chosen === null) === (index === 0)}
              onChange={() => onChoose(index === 0 ? null : [])}
            />
            {label}
          </label>
        ))}
      </div>
      {chosen !== null && (
        <div className="mt-3 max-h-80 overflow-y-auto rounded-xl border border-line bg-raised p-4">
          {options ? (
            <ul className="grid gap-2.5">
              {options.map((one) => (
                <li key={one.value}>
                  <Checkbox
                    checked={chosen.includes(one.value)}
                    onCheckedChange={(on) =>
                      onChoose(on ? [...chosen, one.value] : chosen.filter((other) => other !== one.value))
                    }
                    label={<span className="[overflow-wrap:anywhere]">{one.label}</span>}
                    hint={one.hint && <span className="line-clamp-2">{one.hint}</span>}
                  />
                </li>
              ))}
            </ul>
          ) : (
            <Skeleton className="h-16 rounded-lg" />
          )}
        </div>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-2 text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-danger text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}
