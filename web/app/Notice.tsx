import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface NoticeProps {
  icon: LucideIcon;
  title: string;
  lead: string;
  children: ReactNode;
}

/** A page that has only one thing to say. */
export function Notice({ icon: Drawing, title, lead, children }: NoticeProps) {
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center px-6 outline-none">
      <div className="max-w-md py-14 text-center">
        <span className="mx-auto mb-4 grid size-12 place-items-center rounded-2xl bg-accent-soft text-accent">
          <Drawing aria-hidden className="size-6" />
        </span>
        <h1 className="text-balance font-semibold text-xl">{title}</h1>
        <p className="mt-1.5 mb-6 text-pretty text-muted">{lead}</p>
        {children}
      </div>
    </main>
  );
}
