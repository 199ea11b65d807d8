import type { ReactNode } from "react";

import { Logo } from "@/components/ui/logo";

/** The page around sign-in and set-up: one quiet column. */
export function Frame({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center bg-sunken px-4 py-10 outline-none">
      <div className="w-full max-w-sm">
        <Logo className="mx-auto mb-6 size-11" />
        <h1 className="text-center font-semibold text-2xl tracking-tight">{title}</h1>
        <p className="mt-2 mb-8 text-balance text-center text-muted">{lead}</p>
        {children}
      </div>
    </main>
  );
}
