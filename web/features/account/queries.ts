import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type Me = Schemas["Me"];

export const ME = ["me"] as const;

/** Who is signed in. */
export function useMe() {
  return useQuery({ queryKey: ME, queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
}
