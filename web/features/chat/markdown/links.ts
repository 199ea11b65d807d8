const INVISIBLE = /[\p{C}\s]/gu;

/**
 * Where a link in an answer may lead, or null for a link that may not be one.
 *
 * A document can talk a model into a link whose address carries away what it has read. So only addresses count that
 * stand among the sources themselves, and pages of our own; any other link stays text that people can read.
 */
export function safeTarget(href: string | undefined, sources: ReadonlySet<string>, origin: string): string | null {
  if (!href || href.replace(INVISIBLE, "") !== href) return null;
  let url: URL;
  try {
    url = new URL(href, origin);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  if (url.origin === origin) return url.pathname.startsWith("/api/") ? null : url.href;
  return sources.has(url.href) || sources.has(href) ? url.href : null;
}
