"use client";

import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { useChange, usePages } from "../queries";

export type Token = Schemas["ScimTokenView"];
export type TokenMade = Schemas["ScimTokenCreated"];
export type Waiting = Schemas["ExternalIdentityView"];

export const useScimSettings = () =>
  useQuery({ queryKey: ["structure", "scim-settings"], queryFn: () => unwrap(api.GET("/api/scim-settings")) });

export const useUpdateScimSettings = () =>
  useChange((body: Schemas["ScimSettingsChange"]) => unwrap(api.PATCH("/api/scim-settings", { body })));

export const useTokens = () =>
  usePages<Token>(["scim-tokens"], (cursor) =>
    unwrap(api.GET("/api/scim-tokens", { params: { query: { cursor, limit: 50 } } })),
  );

const ofToken = (token_id: string) => ({ params: { path: { token_id } } });

export const useCreateToken = () =>
  useChange((body: { name: string; expires_in_days: number }) => unwrap(api.POST("/api/scim-tokens", { body })));

export const useRotateToken = () =>
  useChange(({ id, ...body }: { id: string; expires_in_days: number }) =>
    unwrap(api.POST("/api/scim-tokens/{token_id}/rotate", { ...ofToken(id), body })),
  );

export const useDeleteToken = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/scim-tokens/{token_id}", ofToken(id))));

/** Whom the sign-in provider sent, and whom nobody here has been taken for yet. */
export const useWaiting = () =>
  usePages<Waiting>(["waiting"], (cursor) =>
    unwrap(api.GET("/api/external-identities", { params: { query: { unlinked: true, cursor, limit: 50 } } })),
  );

const ofIdentity = (identity_id: string) => ({ params: { path: { identity_id } } });

export const useLink = () =>
  useChange(({ id, user_id }: { id: string; user_id: string }) =>
    unwrap(api.PUT("/api/external-identities/{identity_id}/user", { ...ofIdentity(id), body: { user_id } })),
  );

export const useRefuse = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/external-identities/{identity_id}", ofIdentity(id))));
