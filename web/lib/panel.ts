import { create } from "zustand";

/** A span of a document version to be shown beside the page. */
export interface Place {
  documentId: string;
  versionId?: string | undefined;
  /** Characters `[start, end)` of the version's text; absent: just the document. */
  start?: number | undefined;
  end?: number | undefined;
  page?: number | undefined;
  quote?: string | undefined;
  /** What it is called until the document is loaded. */
  name?: string | undefined;
}

interface Panel {
  /** What "next" and "previous" step through: the citations of an answer, the hits of a search. */
  places: readonly Place[];
  current: number;
  /** Where the focus goes back to when the panel closes. */
  opener: HTMLElement | null;
}

/** The document panel: features say what to open, the layout shows it. Closed while there are no places. */
export const usePanel = create<Panel>(() => ({ places: [], current: 0, opener: null }));

export function openPanel(places: readonly Place[], current = 0): void {
  const focused = document.activeElement;
  usePanel.setState({ places, current, opener: focused instanceof HTMLElement ? focused : null });
}

export function stepPanel(by: 1 | -1): void {
  usePanel.setState(({ places, current }) => ({
    current: (current + by + places.length) % Math.max(1, places.length),
  }));
}

export function closePanel(): void {
  const { opener } = usePanel.getState();
  usePanel.setState({ places: [], current: 0, opener: null });
  // Once the page is drawn: a panel over the whole window keeps what is below it from taking the focus.
  requestAnimationFrame(() => (opener?.isConnected ? opener : document.getElementById("main"))?.focus());
}
