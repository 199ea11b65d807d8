"use client";

import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { ErrorState } from "@/components/ui/error-state";
import { Logo } from "@/components/ui/logo";
import { useMessages } from "@/lib/i18n";
import { resume, useSession } from "@/lib/session";

import { gateMessages } from "./gate-messages";
import { LOGIN, loginFrom } from "./places";

/** Shows the page to those who are signed in, and sends others to sign in and back. */
export function SessionGate({ children }: { children: ReactNode }) {
  const t = useMessages(gateMessages);
  const router = useRouter();
  const pathname = usePathname();
  const state = useSession((session) => session.state);
  const [problem, setProblem] = useState<unknown>(null);
  const wasIn = useRef(false);

  const start = () => {
    setProblem(null);
    resume().catch(setProblem);
  };
  useEffect(start, []);

  useEffect(() => {
    if (state === "signed-in") wasIn.current = true;
    // Whoever signs out is done; whoever opens a page without being signed in wants that page.
    if (state === "signed-out")
      router.replace(wasIn.current ? LOGIN : loginFrom({ pathname, search: location.search }));
  }, [state, router, pathname]);

  if (problem !== null) {
    return (
      <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center">
        <ErrorState problem={problem} onRetry={start} />
      </main>
    );
  }
  if (state === "signed-in" || state === "expired") {
    return children;
  }
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center" aria-busy="true">
      <h1 className="sr-only">{t("starting")}</h1>
      <Logo className="size-11 animate-pulse" />
    </main>
  );
}
