import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

import { Icon, type IconLike } from "./icon";

interface EmptyStateProps {
  icon: IconLike;
  title: ReactNode;
  description?: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** Nothing is here yet: what belongs here, and what to do. */
export function EmptyState({ icon, title, description, action, className }: EmptyStateProps) {
  return (
    <div className={cn("mx-auto flex max-w-md flex-col items-center px-6 py-14 text-center", className)}>
      <span className="mb-4 grid size-12 place-items-center rounded-2xl bg-accent-soft text-accent">
        <Icon icon={icon} className="size-6" />
      </span>
      <h2 className="text-balance font-semibold text-lg">{title}</h2>
      {description && <p className="mt-1.5 text-pretty text-muted">{description}</p>}
      {action && <div className="mt-6 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
