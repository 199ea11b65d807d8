"use client";

import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useLanguage } from "@/lib/i18n";

import { useChange } from "../queries";

export type Tenant = Schemas["TenantView"];
export type Invited = Schemas["Invited"];

export interface Figures {
  people: number;
  knowledge_bases: number;
}

interface Paged<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Page after page: a tree needs all of its parts. */
async function all<T>(read: (cursor?: string) => Promise<Paged<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    found.push(...page.items);
    if (!page.next_cursor) return found;
    cursor = page.next_cursor;
  }
}

export function useTenants() {
  return useQuery({
    queryKey: ["structure", "tenants"],
    queryFn: async () => {
      const [tenants, figures] = await Promise.all([
        all((cursor) => unwrap(api.GET("/api/tenants", { params: { query: { cursor, limit: 200 } } }))),
        all((cursor) => unwrap(api.GET("/api/tenant-figures", { params: { query: { cursor, limit: 200 } } }))),
      ]);
      return { tenants, figures: new Map<string, Figures>(figures.map((one) => [one.tenant_id, one])) };
    },
  });
}

/** The same key as everywhere, so it is read once. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/me")), staleTime: 5 * 60_000 });
}

const ofTenant = (tenant_id: string) => ({ params: { path: { tenant_id } } });

export const useCreateTenant = () =>
  useChange((body: Pick<Schemas["TenantCreate"], "name" | "parent_id" | "invite">) =>
    unwrap(api.POST("/api/tenants", { params: { query: { language: useLanguage.getState().language } }, body })),
  );

export const useUpdateTenant = () =>
  useChange(({ id, ...body }: Schemas["TenantChange"] & { id: string }) =>
    unwrap(api.PATCH("/api/tenants/{tenant_id}", { ...ofTenant(id), body })),
  );

export const useInviteAdministrator = () =>
  useChange(({ id, ...body }: Schemas["Invitee"] & { id: string }) =>
    unwrap(
      api.POST("/api/tenants/{tenant_id}/administrators", {
        params: { path: { tenant_id: id }, query: { language: useLanguage.getState().language } },
        body,
      }),
    ),
  );

export const useSuspend = () =>
  useChange((id: string) => unwrap(api.POST("/api/tenants/{tenant_id}/suspend", ofTenant(id))));

export const useResume = () =>
  useChange((id: string) => unwrap(api.POST("/api/tenants/{tenant_id}/resume", ofTenant(id))));
