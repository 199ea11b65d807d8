import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type Agent = Schemas["AgentOut"];

/** Those that one may ask, by name. */
export function useUsableAgents(search = "", enabled = true) {
  return useQuery({
    queryKey: ["agents", "usable", search],
    enabled,
    queryFn: () =>
      unwrap(api.GET("/api/agents", { params: { query: { usable: true, limit: 50, search: search || undefined } } })),
    select: (page) => page.items,
    placeholderData: keepPreviousData,
  });
}

/** The agent that is named; null where one may not ask it. */
export function useNamedAgent(id: string | null) {
  const query = useQuery({
    queryKey: ["agents", "one", id],
    enabled: id !== null,
    retry: false,
    queryFn: () => unwrap(api.GET("/api/agents/{agent_id}", { params: { path: { agent_id: id ?? "" } } })),
    select: (one) => (one.level && one.enabled ? one : null),
  });
  return { agent: query.data ?? null, isMissing: id !== null && (query.isError || query.data === null) };
}
