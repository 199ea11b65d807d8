import type { ReactNode } from "react";

import { Card } from "@/components/ui/card";

/** A part of the account page. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section className="grid gap-3">
      <div>
        <h2 className="font-semibold">{title}</h2>
        {hint && <p className="text-muted text-sm">{hint}</p>}
      </div>
      <Card className="grid gap-4">{children}</Card>
    </section>
  );
}
