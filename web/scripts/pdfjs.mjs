// Copies what the PDF viewer loads by itself at run time to where the page can serve it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../node_modules/pdfjs-dist/", import.meta.url));
const to = fileURLToPath(new URL("../public/pdfjs/", import.meta.url));
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
cpSync(`${from}build/pdf.worker.min.mjs`, `${to}pdf.worker.min.mjs`);
for (const folder of ["cmaps", "standard_fonts", "wasm"]) cpSync(from + folder, to + folder, { recursive: true });
