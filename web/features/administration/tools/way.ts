/** Which server a browser was sent away for: what comes back does not say. */
const KEY = "nexus.connecting";

export function rememberWay(server: string): void {
  try {
    sessionStorage.setItem(KEY, server);
  } catch {
    // Then the way back leads to the list.
  }
}

export function recallWay(): string {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export interface Returned {
  state: string;
  code: string;
  iss: string;
  error: string;
}

/** What stands in the address after a sign-in, cut to what the server takes. */
export function returned(search: string): Returned {
  const asked = new URLSearchParams(search);
  const get = (name: string, longest: number) => (asked.get(name) ?? "").slice(0, longest);
  return { state: get("state", 200), code: get("code", 8192), iss: get("iss", 2000), error: get("error", 200) };
}
