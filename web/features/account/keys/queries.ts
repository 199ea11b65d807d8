import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

export type ApiKey = Schemas["ApiKeyView"];
export type Scope = Schemas["KeyScope"];

const KEYS = ["api-keys"] as const;

export function useApiKeys() {
  return useQuery({ queryKey: KEYS, queryFn: () => unwrap(api.GET("/api/me/api-keys")) });
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ApiKeyCreate"]) => unwrap(api.POST("/api/me/api-keys", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/me/api-keys/{api_key_id}", { params: { path: { api_key_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS }),
  });
}
