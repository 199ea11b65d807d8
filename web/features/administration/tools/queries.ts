"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { usePages } from "../queries";

export type OwnTool = Schemas["ToolOut"];
export type ToolServer = Schemas["ToolServerOut"];
export type ServerTool = Schemas["ServerToolOut"];
export type Connection = Schemas["ToolConnectionOut"];
export type Role = OwnTool["roles"][number];
export type Auth = ToolServer["auth"];

export const ROLES: readonly Role[] = ["user", "content_manager", "admin", "super_admin"];

const KEY = ["structure", "tools"] as const;

export const useTools = () => useQuery({ queryKey: [...KEY, "own"], queryFn: () => unwrap(api.GET("/api/tools")) });

export const useServers = () =>
  usePages<ToolServer>(["tools", "servers"], (cursor) =>
    unwrap(api.GET("/api/tool-servers", { params: { query: { cursor, limit: 50 } } })),
  );

const ofServer = (server_id: string) => ({ params: { path: { server_id } } });

export const useServer = (id: string) =>
  useQuery({
    queryKey: [...KEY, "server", id],
    queryFn: () => unwrap(api.GET("/api/tool-servers/{server_id}", ofServer(id))),
    enabled: id !== "",
  });

export const useServerTools = (id: string) =>
  usePages<ServerTool>(["tools", "of", id], (cursor) =>
    unwrap(
      api.GET("/api/tool-servers/{server_id}/tools", {
        params: { path: { server_id: id }, query: { cursor, limit: 50 } },
      }),
    ),
  );

/** A change; whatever came of it, everything about tools is read again. */
function useToolChange<Values, Result>(change: (values: Values) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export const useSetRule = () =>
  useToolChange(({ tool, roles }: { tool: string; roles: Role[] }) =>
    unwrap(api.PUT("/api/tools/{tool}", { params: { path: { tool } }, body: { roles } })),
  );

export const useCreateServer = () =>
  useToolChange((body: Schemas["ToolServerIn"]) => unwrap(api.POST("/api/tool-servers", { body })));

export const useUpdateServer = () =>
  useToolChange(({ id, ...body }: Schemas["ToolServerPatch"] & { id: string }) =>
    unwrap(api.PATCH("/api/tool-servers/{server_id}", { ...ofServer(id), body })),
  );

export const useDeleteServer = () =>
  useToolChange((id: string) => unwrap(api.DELETE("/api/tool-servers/{server_id}", ofServer(id))));

export const useAskServer = () =>
  useToolChange((id: string) => unwrap(api.POST("/api/tool-servers/{server_id}/refresh", ofServer(id))));

export const useDecide = (server_id: string) =>
  useToolChange(({ id, ...body }: Schemas["ServerToolIn"] & { id: string }) =>
    unwrap(
      api.PUT("/api/tool-servers/{server_id}/tools/{tool_id}", {
        params: { path: { server_id, tool_id: id } },
        body,
      }),
    ),
  );

export const useConnect = () =>
  useToolChange(({ id, ...body }: Schemas["ToolConnectionIn"] & { id: string }) =>
    unwrap(api.POST("/api/tool-servers/{server_id}/connection", { ...ofServer(id), body })),
  );

export const useDisconnect = () =>
  useToolChange((id: string) => unwrap(api.DELETE("/api/tool-servers/{server_id}/connection", ofServer(id))));

export const useComplete = () =>
  useToolChange((body: Schemas["ToolSignInAnswer"]) => unwrap(api.POST("/api/tool-connections", { body })));
