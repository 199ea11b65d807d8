"use client";

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useLanguage } from "@/lib/i18n";

import type { Filter } from "./types";

const PEOPLE = ["people"] as const;
const SETTINGS = ["tenant-settings"] as const;

/** Who asks; the same key as everywhere, so it is read once. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
}

export function usePeople(filter: Filter) {
  const query = useInfiniteQuery({
    queryKey: [...PEOPLE, filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/users", {
          params: {
            query: {
              q: filter.search || undefined,
              role: filter.role || undefined,
              state: filter.state || undefined,
              department_id: filter.departmentId || undefined,
              cursor: pageParam,
              limit: 50,
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  return { ...query, people: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

export interface Choice {
  id: string;
  name: string;
  /** Who is in it is decided elsewhere. */
  fixed?: boolean;
}

/** Every department under the name of its region, and every group. */
export function useStructure() {
  return useQuery({
    queryKey: ["structure"],
    staleTime: 60_000,
    queryFn: async () => {
      const [regions, departments, groups] = await Promise.all([
        all((cursor) => unwrap(api.GET("/api/regions", { params: { query: { cursor, limit: 200 } } }))),
        all((cursor) => unwrap(api.GET("/api/departments", { params: { query: { cursor, limit: 200 } } }))),
        all((cursor) => unwrap(api.GET("/api/groups", { params: { query: { cursor, limit: 200 } } }))),
      ]);
      const region = new Map(regions.map((one) => [one.id, one.name]));
      const named = departments.map(
        (one): Choice => ({ id: one.id, name: `${region.get(one.region_id)} / ${one.name}` }),
      );
      return {
        departments: named.sort((a, b) => a.name.localeCompare(b.name)),
        groups: groups.map(({ id, name, source }): Choice => ({ id, name, fixed: source !== "local" })),
      };
    },
  });
}

async function all<T>(read: (cursor?: string) => Promise<{ items: T[]; next_cursor?: string | null }>): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    found.push(...page.items);
    if (!page.next_cursor) return found;
    cursor = page.next_cursor;
  }
}

/** A change of people; the list is read again afterwards, whatever came of it. */
function useChange<Values, Result>(change: (values: Values) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey: PEOPLE }) });
}

const path = (user_id: string) => ({ params: { path: { user_id } } });

/** A mail speaks the language of whoever has it sent. */
const inLanguage = () => ({ language: useLanguage.getState().language });
const mailTo = (user_id: string) => ({ params: { path: { user_id }, query: inLanguage() } });

export const useInvite = () =>
  useChange((body: Schemas["NewAccount"]) =>
    unwrap(api.POST("/api/users/invitations", { body, params: { query: inLanguage() } })),
  );

export const useUpdate = () =>
  useChange(({ id, ...body }: Schemas["UserChange"] & { id: string }) =>
    unwrap(api.PATCH("/api/users/{user_id}", { ...path(id), body })),
  );

export const useInviteAgain = () =>
  useChange((id: string) => unwrap(api.POST("/api/users/{user_id}/invitation", mailTo(id))));

export const useResetLink = () =>
  useChange((id: string) => unwrap(api.POST("/api/users/{user_id}/reset-link", mailTo(id))));

export const useEndSessions = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/users/{user_id}/sessions", path(id))));

export const useFactorOff = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/users/{user_id}/second-factor", path(id))));

export const useDelete = () => useChange((id: string) => unwrap(api.DELETE("/api/users/{user_id}", path(id))));

export function useTenantSettings() {
  return useQuery({ queryKey: SETTINGS, queryFn: () => unwrap(api.GET("/api/tenant-settings")) });
}

export function useUpdateTenantSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["TenantSettingsChange"]) => unwrap(api.PATCH("/api/tenant-settings", { body })),
    onSettled: () => queries.invalidateQueries({ queryKey: SETTINGS }),
  });
}
