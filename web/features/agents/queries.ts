"use client";

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type Agent = Schemas["AgentOut"];
export type AgentSettings = Schemas["AgentSettingsOut"];
export type Grant = Schemas["GrantOut"];
export type AgentTool = Schemas["AgentToolOut"];
export type NamedShelf = Schemas["NamedShelf"];

/** Everything here begins with it: a change of an agent shows in every list of them. */
const AGENTS = ["agents"] as const;

const of = (agent_id: string) => ({ params: { path: { agent_id } } });

export function useAgents(search: string) {
  const query = useInfiniteQuery({
    queryKey: [...AGENTS, "pages", search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/agents", { params: { query: { search: search || undefined, cursor: pageParam, limit: 24 } } }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  return { ...query, agents: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

export function useAgent(id: string) {
  return useQuery({
    queryKey: [...AGENTS, "one", id],
    queryFn: () => unwrap(api.GET("/api/agents/{agent_id}", of(id))),
    retry: false,
  });
}

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")) });
}

/** Those that one may read oneself, and so let an agent look in. */
export function useReadable() {
  return useQuery({
    queryKey: [...AGENTS, "knowledge-bases"],
    queryFn: async () => {
      const found: NamedShelf[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await unwrap(api.GET("/api/knowledge-bases", { params: { query: { cursor, limit: 200 } } }));
        found.push(...page.items.filter((one) => one.level !== null).map(({ id, name }) => ({ id, name })));
        cursor = page.next_cursor ?? undefined;
        if (!cursor) return found;
      }
    },
  });
}

export function useTools() {
  return useQuery({
    queryKey: [...AGENTS, "tools"],
    queryFn: async () => (await unwrap(api.GET("/api/agent-tools"))).tools,
  });
}

/** A change; every list is read again before it counts as done, whatever came of it. */
function useChange<Values, Result>(change: (values: Values) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: AGENTS }) });
}

export const useCreate = () => useChange((body: Schemas["AgentIn"]) => unwrap(api.POST("/api/agents", { body })));

export const useUpdate = (id: string) =>
  useChange((body: Schemas["AgentPatch"]) => unwrap(api.PATCH("/api/agents/{agent_id}", { ...of(id), body })));

export function useDelete(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/agents/{agent_id}", of(id))),
    // The agent itself is gone, and would be asked for in vain.
    onSuccess: () => client.invalidateQueries({ queryKey: [...AGENTS, "pages"] }),
  });
}

export function useVersions(id: string) {
  const query = useInfiniteQuery({
    queryKey: [...AGENTS, "versions", id],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/agents/{agent_id}/instructions/versions", {
          params: { path: { agent_id: id }, query: { cursor: pageParam, limit: 20 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return { ...query, versions: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

export const diffOf = (id: string, former: number, later: number) => ({
  queryKey: ["agent-diff", id, former, later],
  queryFn: () =>
    unwrap(
      api.GET("/api/agents/{agent_id}/instructions/diff", {
        params: { path: { agent_id: id }, query: { former, later } },
      }),
    ),
});

export const useWrite = (id: string) =>
  useChange((body: Schemas["PromptVersionIn"]) =>
    unwrap(api.POST("/api/agents/{agent_id}/instructions/versions", { ...of(id), body })),
  );

export const useActivate = (id: string) =>
  useChange((body: Schemas["ActiveVersionIn"]) =>
    unwrap(api.PUT("/api/agents/{agent_id}/instructions/active", { ...of(id), body })),
  );

export function useGrants(id: string) {
  return useQuery({
    queryKey: [...AGENTS, "grants", id],
    queryFn: () => unwrap(api.GET("/api/agents/{agent_id}/grants", of(id))),
  });
}

export const usePutGrant = (id: string) =>
  useChange((body: Schemas["GrantIn"]) => unwrap(api.PUT("/api/agents/{agent_id}/grants", { ...of(id), body })));

export const useRemoveGrant = (id: string) =>
  useChange(({ subject_kind, subject_id }: Pick<Grant, "subject_kind" | "subject_id">) =>
    unwrap(
      api.DELETE("/api/agents/{agent_id}/grants/{subject_kind}/{subject_id}", {
        params: { path: { agent_id: id, subject_kind, subject_id } },
      }),
    ),
  );

export function useStatistics(id: string) {
  return useQuery({
    queryKey: [...AGENTS, "statistics", id],
    queryFn: () => unwrap(api.GET("/api/agents/{agent_id}/statistics", of(id))),
  });
}

export function useRoute(id: string) {
  return useQuery({
    queryKey: [...AGENTS, "route", id],
    queryFn: () => unwrap(api.GET("/api/agents/{agent_id}/model-route", of(id))),
  });
}

export function useProviders() {
  return useQuery({
    queryKey: [...AGENTS, "providers"],
    queryFn: () => unwrap(api.GET("/api/model-providers", { params: { query: { limit: 200 } } })),
    select: (page) => page.items,
  });
}

export const useSetRoute = (id: string) =>
  useChange((body: Schemas["ModelRoutePut"] | null) =>
    body === null
      ? unwrap(api.DELETE("/api/agents/{agent_id}/model-route", of(id)))
      : unwrap(api.PUT("/api/agents/{agent_id}/model-route", { ...of(id), body })),
  );
