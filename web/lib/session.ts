import { create } from "zustand";

import { Problem, readProblem } from "./api/problem";

/**
 * Who is signed in, as far as this tab knows.
 *
 * The access token lives in memory alone; the refresh cookie, which no script can read, outlives a reload. `expired`
 * means that a signed-in person must give the password again: the page stays as it is below the dialog, so nothing
 * that was typed is lost.
 */
export type SessionState = "unknown" | "signed-in" | "signed-out" | "expired";

interface Session {
  state: SessionState;
}

export const useSession = create<Session>(() => ({ state: "unknown" }));

let accessToken: string | null = null;
let refreshing: Promise<boolean> | null = null;

export interface SignIn {
  access_token: string;
}

/** Takes the tokens of a sign-in or a set-up into use. */
export function accept(signIn: SignIn): void {
  accessToken = signIn.access_token;
  useSession.setState({ state: "signed-in" });
}

/** Uses the one-time link of the first start. Throws Problem. */
export async function setUp(values: {
  token: string;
  tenant_name: string;
  name: string;
  email: string;
  password: string;
}): Promise<void> {
  accept(await send<SignIn>("/api/setup", values));
}

export async function signOut(): Promise<void> {
  try {
    await fetch("/api/auth/logout", { method: "POST", headers: { "X-Nexus-Request": "1" } });
  } finally {
    accessToken = null;
    // Half-written questions are nobody else's.
    sessionStorage.clear();
    useSession.setState({ state: "signed-out" });
  }
}

/** On the first paint: whether the refresh cookie still stands. Throws Problem when the server cannot be reached. */
export async function resume(): Promise<void> {
  if (useSession.getState().state !== "unknown") return;
  if (!(await refresh())) useSession.setState({ state: "signed-out" });
}

/** A new access token by the cookie. One at a time in this tab and in all of them: a spent cookie ends the sign-in. */
function refresh(): Promise<boolean> {
  refreshing ??= locked(exchange).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function locked<T>(work: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request("nexus-refresh", work) : work();
}

async function exchange(): Promise<boolean> {
  const response = await reach("/api/auth/refresh", { method: "POST", headers: { "X-Nexus-Request": "1" } });
  if (response.ok) {
    accept((await response.json()) as SignIn);
    return true;
  }
  if (response.status === 401 || response.status === 403) return false;
  throw await readProblem(response);
}

/** What needs no sign-in, because it leads to one. Throws Problem. */
export async function send<T>(path: string, body: unknown): Promise<T> {
  const response = await reach(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as T;
}

async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "offline", "The server cannot be reached. Check your connection; nothing you typed is lost.");
  }
}

/**
 * `fetch` as the person who is signed in. A refused token is exchanged once and the request sent again; when that is
 * refused too, the session has expired and the 401 is returned. Throws Problem when the server cannot be reached.
 */
export async function authorizedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const again = request.clone();
  const response = await reach(withToken(request));
  if (response.status !== 401) return response;
  return (await renew()) ? reach(withToken(again)) : response;
}

/** The header of a request that `fetch` cannot make, as an upload that shows its progress. */
export function authorization(): Record<string, string> {
  return accessToken ? { Authorization: `Bearer ${accessToken}` } : {};
}

/** After a 401: a new token, or the session has expired and this is false. Throws Problem when nothing is reached. */
export async function renew(): Promise<boolean> {
  if (await refresh()) return true;
  const { state } = useSession.getState();
  useSession.setState({ state: state === "signed-in" ? "expired" : state });
  return false;
}

function withToken(request: Request): Request {
  if (accessToken) request.headers.set("Authorization", `Bearer ${accessToken}`);
  return request;
}
