"use client";

import { useEffect } from "react";

/** The title of the tab, said by screen readers when the page changes: "Handbook · Nexus". */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Nexus` : "Nexus";
  }, [title]);
}
