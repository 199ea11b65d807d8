"use client";

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type Group = Schemas["GroupEntry"];
export type Member = Schemas["MemberView"];
export type Region = Schemas["RegionEntry"];
export type Department = Schemas["DepartmentEntry"];
export type Consequences = Schemas["ConsequencesOut"];
export type RoleView = Schemas["RoleView"];

/** Everything here begins with it: what changes in one list shows in the others, and in those of people. */
const STRUCTURE = ["structure"] as const;

interface Paged<T> {
  items: T[];
  next_cursor?: string | null;
}

interface Wanted {
  enabled?: boolean;
  /** Milliseconds after which it is read again. */
  refetchInterval?: number;
}

/** A list that the server gives page by page. */
export function usePages<T>(
  key: readonly unknown[],
  read: (cursor?: string) => Promise<Paged<T>>,
  wanted: Wanted = {},
) {
  const query = useInfiniteQuery({
    queryKey: [...STRUCTURE, ...key],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    ...wanted,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

/** A change; every list is read again before it counts as done, whatever came of it. */
export function useChange<Values, Result>(change: (values: Values) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: STRUCTURE }),
        queries.invalidateQueries({ queryKey: ["people"], refetchType: "none" }),
      ]),
  });
}

// --- groups ----------------------------------------------------------------------------------------------------------

export type Origin = "" | "local" | "outside";

export function useGroups(q: string, origin: Origin) {
  const local = origin ? origin === "local" : undefined;
  return usePages<Group>(["groups", q, origin], (cursor) =>
    unwrap(api.GET("/api/groups", { params: { query: { q: q || undefined, local, cursor, limit: 50 } } })),
  );
}

const ofGroup = (group_id: string) => ({ params: { path: { group_id } } });

export function useGroup(id: string) {
  return useQuery({
    queryKey: [...STRUCTURE, "group", id],
    queryFn: () => unwrap(api.GET("/api/groups/{group_id}", ofGroup(id))),
    enabled: id !== "",
  });
}

export function useMembers(id: string, q: string) {
  return usePages<Member>(
    ["members", id, q],
    (cursor) =>
      unwrap(
        api.GET("/api/groups/{group_id}/members", {
          params: { path: { group_id: id }, query: { q: q || undefined, cursor, limit: 50 } },
        }),
      ),
    { enabled: id !== "" },
  );
}

/** Active and invited people who fit what is typed. */
export function usePeopleFound(q: string, enabled: boolean) {
  return useQuery({
    queryKey: ["people-found", q],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET("/api/users", { params: { query: { q: q || undefined, limit: 8 } } })),
  });
}

export const useCreateGroup = () => useChange((name: string) => unwrap(api.POST("/api/groups", { body: { name } })));

export const useRenameGroup = () =>
  useChange(({ id, name }: { id: string; name: string }) =>
    unwrap(api.PATCH("/api/groups/{group_id}", { ...ofGroup(id), body: { name } })),
  );

export const useDeleteGroup = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/groups/{group_id}", ofGroup(id))));

interface Membership {
  groupId: string;
  userId: string;
}

const ofMember = ({ groupId, userId }: Membership) => ({
  params: { path: { group_id: groupId, user_id: userId } },
});

export const useAddMember = () =>
  useChange((one: Membership) => unwrap(api.PUT("/api/groups/{group_id}/members/{user_id}", ofMember(one))));

export const useRemoveMember = () =>
  useChange((one: Membership) => unwrap(api.DELETE("/api/groups/{group_id}/members/{user_id}", ofMember(one))));

// --- regions and departments -----------------------------------------------------------------------------------------

const ofRegion = (region_id: string) => ({ params: { path: { region_id } } });
const ofDepartment = (department_id: string) => ({ params: { path: { department_id } } });

export const useRegions = () =>
  usePages<Region>(["regions"], (cursor) =>
    unwrap(api.GET("/api/regions", { params: { query: { cursor, limit: 50 } } })),
  );

export const useDepartments = (region_id: string) =>
  usePages<Department>(["departments", region_id], (cursor) =>
    unwrap(api.GET("/api/departments", { params: { query: { region_id, cursor, limit: 50 } } })),
  );

export const useCreateRegion = () => useChange((name: string) => unwrap(api.POST("/api/regions", { body: { name } })));

export const useRenameRegion = () =>
  useChange(({ id, name }: { id: string; name: string }) =>
    unwrap(api.PATCH("/api/regions/{region_id}", { ...ofRegion(id), body: { name } })),
  );

export const useDeleteRegion = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/regions/{region_id}", ofRegion(id))));

export const useCreateDepartment = () =>
  useChange((body: Schemas["DepartmentCreate"]) => unwrap(api.POST("/api/departments", { body })));

export const useUpdateDepartment = () =>
  useChange(({ id, ...body }: Schemas["DepartmentChange"] & { id: string }) =>
    unwrap(api.PATCH("/api/departments/{department_id}", { ...ofDepartment(id), body })),
  );

export const useDeleteDepartment = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/departments/{department_id}", ofDepartment(id))));

// --- what hangs on them, and roles -----------------------------------------------------------------------------------

export function useConsequences(kind: "group" | "department", id: string) {
  return useQuery({
    queryKey: ["consequences", kind, id],
    gcTime: 0,
    queryFn: () =>
      kind === "group"
        ? unwrap(api.GET("/api/groups/{group_id}/consequences", ofGroup(id)))
        : unwrap(api.GET("/api/departments/{department_id}/consequences", ofDepartment(id))),
  });
}

export function useRoles() {
  return useQuery({ queryKey: [...STRUCTURE, "roles"], queryFn: () => unwrap(api.GET("/api/roles")) });
}
