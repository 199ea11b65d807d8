const INVISIBLE = /[\p{C}\s]/gu;
/** Words and nothing else: what is written `/%61pi` or `//api` is the API too. */
const OWN_PAGE = /^\/(?!api(?:\/|$))(?:[\w-]+\/)*[\w-]*$/i;

const REMOVED = "⟨…⟩";

/** How many addresses the server has taken out of an answer: each has left its mark. */
export const countRemoved = (text: string): number => text.split(REMOVED).length - 1;

/**
 * Where a link in an answer may lead, or null for a link that may not be one.
 *
 * A document can talk a model into a link whose address carries away what it has read. So only addresses count that
 * stand among the sources themselves, and pages of our own; any other link stays text that people can read.
 */
export function safeTarget(href: string | undefined, sources: ReadonlySet<string>, origin: string): string | null {
  // A page of ours is named from its root on; what is relative is a file's name, or a place in a text of elsewhere.
  if (!href || !/^(?:https?:|\/)/i.test(href) || href.replace(INVISIBLE, "") !== href) return null;
  let url: URL;
  try {
    url = new URL(href, origin);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  if (url.origin === origin) return OWN_PAGE.test(url.pathname) ? url.href : null;
  return sources.has(url.href) || sources.has(href) ? url.href : null;
}
