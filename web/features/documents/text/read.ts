import type { Block } from "./blocks";
import { markdownBlocks } from "./markdown";
import { codeBlocks, type Source, writtenBlocks } from "./written";

export type Format = Source | "markdown" | "code";

const CODE_NAMES =
  /\.(?:py|pyi|js|mjs|cjs|jsx|ts|tsx|java|kt|kts|scala|groovy|go|rs|rb|php|c|h|cc|cpp|hpp|cs|swift|m|r|jl|lua|pl|sh|bash|zsh|ps1|bat|cmd|sql|ya?ml|toml|ini|cfg|conf|env|properties|xml|xsd|css|scss|less|vue|svelte|tf|gradle|proto|graphql|diff|patch|tex|rst|log)$|(?:^|\/)(?:Dockerfile|Makefile|Jenkinsfile|CMakeLists\.txt)$/i;
const FORMATS: Record<string, Format> = {
  "application/pdf": "pages",
  "text/markdown": "markdown",
  "text/csv": "sheet",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "sheet",
  "message/rfc822": "mail",
  "application/json": "data",
  "application/x-ndjson": "data",
};

/** How a document's text is to be read. */
export function formatOf(mediaType: string, name: string): Format {
  const known = FORMATS[mediaType];
  if (known) return known;
  if (mediaType === "text/plain") return CODE_NAMES.test(name) ? "code" : "plain";
  return mediaType.startsWith("text/") && mediaType !== "text/html" ? "plain" : "office";
}

/** A text's parts. `isStart`: the document begins here; `firstLine`: the number of its first line, if known. */
export function read(text: string, format: Format, isStart: boolean, firstLine?: number): Block[] {
  if (format === "markdown") return markdownBlocks(text);
  if (format === "code") return codeBlocks(text, firstLine);
  return writtenBlocks(text, format, isStart);
}
