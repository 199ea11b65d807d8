import { TextLayer } from "pdfjs-dist";

import type { Pdf } from "./open";

/** Pixels a canvas may have: browsers refuse larger ones, and a phone has no memory for them. */
const MOST_PIXELS = 16_000_000;

interface Target {
  canvas: HTMLCanvasElement;
  /** Over the canvas: the same text, to select and to be read aloud. */
  text: HTMLElement;
  /** CSS pixels. */
  width: number;
}

export interface Drawing {
  /** Settles when the page can be seen; rejects when it cannot be drawn. */
  done: Promise<void>;
  cancel: () => void;
}

/** Height ÷ width of a page as it is shown. */
export async function shapeOf(pdf: Pdf, number: number): Promise<number> {
  const { width, height } = (await pdf.getPage(number)).getViewport({ scale: 1 });
  return height / width;
}

export function drawPage(pdf: Pdf, number: number, { canvas, text, width }: Target): Drawing {
  let cancelled = false;
  let stop = () => {};
  const draw = async () => {
    const page = await pdf.getPage(number);
    if (cancelled) return;
    const viewport = page.getViewport({ scale: width / page.getViewport({ scale: 1 }).width });
    const density = Math.min(
      window.devicePixelRatio || 1,
      Math.sqrt(MOST_PIXELS / Math.max(1, viewport.width * viewport.height)),
    );
    canvas.width = Math.floor(viewport.width * density);
    canvas.height = Math.floor(viewport.height * density);
    const task = page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0] });
    stop = () => task.cancel();
    await task.promise;
    if (cancelled) return;
    text.replaceChildren();
    text.style.setProperty("--total-scale-factor", String(viewport.scale));
    const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport });
    stop = () => layer.cancel();
    await layer.render();
  };
  return {
    done: draw().catch((error: unknown) => {
      if (!cancelled) throw error;
    }),
    cancel: () => {
      cancelled = true;
      stop();
    },
  };
}
