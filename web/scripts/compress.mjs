// Puts a .gz and a .br beside every file of the export that is worth it; the server only chooses.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH = /\.(?:html|js|mjs|css|json|svg|txt|wasm|bcmap)$/;
const OUT = new URL("../out/", import.meta.url).pathname;
for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !WORTH.test(entry.name)) continue;
  const file = path.join(entry.parentPath, entry.name);
  const plain = readFileSync(file);
  if (plain.length < 1024) continue;
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: plain.length > 400_000 ? 9 : 11 };
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params }));
}
