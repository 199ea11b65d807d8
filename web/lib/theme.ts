import { create } from "zustand";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "nexus-theme";

interface Chosen {
  theme: Theme;
}

export const useTheme = create<Chosen>(() => ({ theme: "system" }));

/** `data-theme` on the root says what the style sheet shows; `public/theme.js` sets it before the first paint. */
export function chooseTheme(theme: Theme): void {
  useTheme.setState({ theme });
  if (theme === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, theme);
  apply(theme);
}

/** Called once, after the first paint: takes up what `theme.js` found, and follows the system from then on. */
export function restoreTheme(): () => void {
  const stored = localStorage.getItem(STORED);
  useTheme.setState({ theme: stored === "dark" || stored === "light" ? stored : "system" });
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => apply(useTheme.getState().theme);
  system.addEventListener("change", follow);
  return () => system.removeEventListener("change", follow);
}

function apply(theme: Theme): void {
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
