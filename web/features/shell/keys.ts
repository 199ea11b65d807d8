"use client";

import { useEffect } from "react";

const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** The name of the key that goes with shortcuts. */
export const MOD = isMac ? "⌘" : "Ctrl";

export interface Shortcut {
  /** As `event.key` says it, in lower case. */
  key: string;
  shift?: boolean;
  run: () => void;
}

/** Shortcuts with Ctrl or ⌘; they work while one types, and stay off while a dialog is open. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
      const found = shortcuts.find(
        (one) => one.key === event.key.toLowerCase() && (one.shift ?? false) === event.shiftKey,
      );
      if (!found || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      found.run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [shortcuts]);
}
