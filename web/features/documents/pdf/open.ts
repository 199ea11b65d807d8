import * as pdfjs from "pdfjs-dist";

import { readProblem } from "@/lib/api/problem";
import { authorizedFetch } from "@/lib/session";

export type Pdf = pdfjs.PDFDocumentProxy;

const OWN = "/pdfjs/";
/** Bytes asked for at least: neighbouring parts come in one request, and a file's list of pages lies all over it. */
const PART = 64 * 1024;

let worker: pdfjs.PDFWorker | undefined;

interface Opening {
  pdf: Promise<Pdf>;
  /** Ends the reading, and frees what it holds. */
  close: () => void;
}

/** Reads a PDF of `size` bytes, as far as the pages that are shown need it. `pdf` rejects with what kept it away. */
export function openPdf(url: string, size: number): Opening {
  let reject: (problem: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, fail) => {
    reject = fail;
  });
  const parts = new Parts(url, size, (problem) => reject(problem));
  pdfjs.GlobalWorkerOptions.workerSrc = `${OWN}pdf.worker.min.mjs`;
  // One for all documents: starting it takes longer than drawing a page.
  worker ??= new pdfjs.PDFWorker();
  const task = pdfjs.getDocument({
    range: parts,
    worker,
    rangeChunkSize: PART,
    disableStream: true,
    disableAutoFetch: true,
    enableXfa: false,
    cMapUrl: `${OWN}cmaps/`,
    standardFontDataUrl: `${OWN}standard_fonts/`,
    wasmUrl: `${OWN}wasm/`,
  });
  return {
    pdf: Promise.race([task.promise, failed]),
    close: () => {
      parts.abort();
      // What is still being drawn ends with an error of its own, which nobody waits for any more.
      task.destroy().catch(() => undefined);
    },
  };
}

/** The bytes of the original, in parts, as the person who is signed in. */
class Parts extends pdfjs.PDFDataRangeTransport {
  private readonly ended = new AbortController();

  constructor(
    private readonly url: string,
    size: number,
    private readonly onFail: (problem: unknown) => void,
  ) {
    super(size, null);
  }

  override requestDataRange(begin: number, end: number): void {
    this.read(begin, end).catch((problem) => {
      if (!this.ended.signal.aborted) this.onFail(problem);
    });
  }

  override abort(): void {
    this.ended.abort();
  }

  private async read(begin: number, end: number): Promise<void> {
    const { signal } = this.ended;
    const response = await authorizedFetch(this.url, { headers: { Range: `bytes=${begin}-${end - 1}` }, signal });
    if (!response.ok) throw await readProblem(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    // A proxy may leave the range out and send the whole file.
    const part = response.status === 206 ? bytes : bytes.slice(begin, end);
    if (!signal.aborted) this.onDataRange(begin, part);
  }
}
