// First-load JavaScript of each page, gzipped, against its budget: what the page's HTML names is what a browser loads.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const OUT = new URL("../out/", import.meta.url).pathname;
const LIMIT = { chat: 300, other: 180 };
const weights = new Map();
let over = false;
for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
  if (entry.name !== "index.html") continue;
  const html = readFileSync(path.join(entry.parentPath, entry.name), "utf8");
  const page = `/${path.relative(OUT, entry.parentPath)}`;
  const scripts = new Set(
    [...html.matchAll(/<script[^>]+src="([^"]+\.js)"(?![^>]*nomodule)/gi)].map((match) => match[1]),
  );
  let bytes = 0;
  for (const script of scripts) {
    if (!weights.has(script)) weights.set(script, gzipSync(readFileSync(path.join(OUT, script)), { level: 9 }).length);
    bytes += weights.get(script);
  }
  const limit = page.startsWith("/chat") || page === "/" ? LIMIT.chat : LIMIT.other;
  over ||= bytes > limit * 1000;
  console.log(
    `${page.padEnd(24)} ${(bytes / 1000).toFixed(0).padStart(4)} KB of ${limit}${bytes > limit * 1000 ? "  TOO MUCH" : ""}`,
  );
}
process.exitCode = over ? 1 : 0;
