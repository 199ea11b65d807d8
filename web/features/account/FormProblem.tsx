import { CircleAlert } from "lucide-react";

/** What belongs to no field; in place from the start, so that screen readers hear it. */
export function FormProblem({ text }: { text?: string | undefined }) {
  return (
    <div role="alert">
      {text && (
        <p className="flex items-start gap-2 rounded-lg bg-danger-soft px-3 py-2 text-danger text-sm">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {text}
        </p>
      )}
    </div>
  );
}
