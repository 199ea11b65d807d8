"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { Toaster } from "@/components/ui/toast";
import { Problem } from "@/lib/api/problem";
import { restoreLanguage } from "@/lib/i18n";
import { restoreTheme } from "@/lib/theme";

/** A refusal stays a refusal; what may be better in a moment is asked for again. */
function retry(count: number, error: unknown): boolean {
  const refused = error instanceof Problem && error.status >= 400 && error.status < 500;
  return !refused && count < 2;
}

function newClient(): QueryClient {
  return new QueryClient({
    // "always": the server may stand in the next room, whatever the browser thinks of the internet.
    defaultOptions: {
      queries: { retry, staleTime: 15_000, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(newClient);
  useEffect(() => {
    restoreLanguage();
    return restoreTheme();
  }, []);
  return (
    <QueryClientProvider client={client}>
      {children}
      <Toaster />
    </QueryClientProvider>
  );
}
