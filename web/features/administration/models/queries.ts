"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { usePages } from "../queries";

export type Provider = Schemas["ModelProviderOut"];
export type Kind = Provider["kind"];
export type Route = Schemas["ModelRouteOut"];
export type Purpose = Route["purpose"];
export type Health = Schemas["HealthOut"];
export type Settings = Schemas["ModelSettingsOut"];
export type Trial = Schemas["ModelTestOut"];

/** The installation's own provider, where an id stands for the others. */
export const OWN = "";

export const useProviders = () =>
  usePages<Provider>(["models", "providers"], (cursor) =>
    unwrap(api.GET("/api/model-providers", { params: { query: { cursor, limit: 100 } } })),
  );

export const useRoutes = () =>
  useQuery({ queryKey: ["structure", "models", "routes"], queryFn: () => unwrap(api.GET("/api/model-routes")) });

export const useSettings = () =>
  useQuery({ queryKey: ["structure", "models", "settings"], queryFn: () => unwrap(api.GET("/api/model-settings")) });

const ofProvider = (provider_id: string) => ({ params: { path: { provider_id } } });

/** What a provider says it has; asked once while the page is open. */
export const useModelNames = (id: string) =>
  useQuery({
    queryKey: ["structure", "model-names", id],
    queryFn: () => unwrap(api.GET("/api/model-providers/{provider_id}/models", ofProvider(id))),
    enabled: id !== OWN,
    retry: false,
    staleTime: 300_000,
  });

/** A change; the lists are read again, and the chat hears whether there is a model. */
function useModelChange<Values, Result>(change: (values: Values) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["structure", "models"] }),
        queries.invalidateQueries({ queryKey: ["structure", "model-names"], refetchType: "none" }),
        queries.invalidateQueries({ queryKey: ["capabilities"], refetchType: "none" }),
      ]),
  });
}

export const useCreateProvider = () =>
  useModelChange((body: Schemas["ModelProviderCreate"]) => unwrap(api.POST("/api/model-providers", { body })));

export const useUpdateProvider = () =>
  useModelChange(({ id, ...body }: Schemas["ModelProviderChange"] & { id: string }) =>
    unwrap(api.PATCH("/api/model-providers/{provider_id}", { ...ofProvider(id), body })),
  );

export const useDeleteProvider = () =>
  useModelChange((id: string) => unwrap(api.DELETE("/api/model-providers/{provider_id}", ofProvider(id))));

export const useTest = () =>
  useModelChange(({ id, model }: { id: string; model: string }) =>
    id === OWN
      ? unwrap(api.POST("/api/model-settings/test"))
      : unwrap(api.POST("/api/model-providers/{provider_id}/test", { ...ofProvider(id), body: { model } })),
  );

const ofPurpose = (purpose: Purpose) => ({ params: { path: { purpose } } });

export const useSetRoute = () =>
  useModelChange(({ purpose, body }: { purpose: Purpose; body: Schemas["ModelRoutePut"] }) =>
    unwrap(api.PUT("/api/model-routes/{purpose}", { ...ofPurpose(purpose), body })),
  );

export const useUnsetRoute = () =>
  useModelChange((purpose: Purpose) => unwrap(api.DELETE("/api/model-routes/{purpose}", ofPurpose(purpose))));
