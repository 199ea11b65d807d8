import { create } from "zustand";

const COLLAPSED = "nexus-rail";
const WIDTH = "nexus-panel-width";

interface ShellState {
  collapsed: boolean;
  drawer: boolean;
  palette: boolean;
  shortcuts: boolean;
  /** Of the document panel, in percent of the window. */
  panelWidth: number;
}

export const NARROWEST = 25;
export const WIDEST = 65;

/** The shell is drawn in the browser alone, after sign-in, so what was chosen before can be read at once. */
export const useShell = create<ShellState>(() => ({
  collapsed: read(COLLAPSED) === "collapsed",
  drawer: false,
  palette: false,
  shortcuts: false,
  panelWidth: clamp(Number(read(WIDTH)) || 42),
}));

export function toggleRail(): void {
  const collapsed = !useShell.getState().collapsed;
  useShell.setState({ collapsed });
  localStorage.setItem(COLLAPSED, collapsed ? "collapsed" : "open");
}

export function setPanelWidth(percent: number): void {
  const panelWidth = clamp(percent);
  useShell.setState({ panelWidth });
  localStorage.setItem(WIDTH, String(panelWidth));
}

function clamp(percent: number): number {
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, percent)));
}

function read(name: string): string | null {
  return typeof localStorage === "undefined" ? null : localStorage.getItem(name);
}
