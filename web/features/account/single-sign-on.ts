import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { START } from "./places";

/** How one may sign in here. */
export function useSignInMethods() {
  return useQuery({ queryKey: ["sign-in-methods"], queryFn: () => unwrap(api.GET("/api/auth/methods")) });
}

/** Leads to the identity provider, and back to this page of ours. */
export function providerStart(next: string): string {
  return next === START ? "/api/auth/oidc/start" : `/api/auth/oidc/start?next=${encodeURIComponent(next)}`;
}

/** Ends the sign-in here, and leads to the provider to end it there. */
export const PROVIDER_LOGOUT = "/api/auth/oidc/logout";

const PROBLEMS = [
  "cancelled",
  "expired",
  "not-trusted",
  "foreign",
  "unreachable",
  "misconfigured",
  "groups-unknown",
  "address-taken",
  "no-account",
  "no-address",
  "inactive",
] as const;

export type ProviderProblem = (typeof PROBLEMS)[number] | "other";

/** What the server says went wrong on the way; anything that it cannot have said has one sentence. */
export function readProblem(code: string | null): ProviderProblem | null {
  if (!code) return null;
  return PROBLEMS.find((one) => one === code) ?? "other";
}
