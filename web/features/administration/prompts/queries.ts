"use client";

import { useMutation, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { useChange, usePages } from "../queries";

export type Prompt = Schemas["PromptOut"];
type Version = Schemas["PromptVersionOut"];

const OF = { params: { path: { purpose: "knowledge" } } } as const;

export function usePrompt() {
  return useQuery({
    queryKey: ["structure", "prompts"],
    queryFn: async () => (await unwrap(api.GET("/api/prompts"))).prompts[0] as Prompt,
  });
}

export const useVersions = () =>
  usePages<Version>(["prompt-versions"], (cursor) =>
    unwrap(
      api.GET("/api/prompts/{purpose}/versions", {
        params: { ...OF.params, query: { cursor, limit: 20 } },
      }),
    ),
  );

export const diffOf = (former: number, later: number) => ({
  queryKey: ["prompt-diff", former, later],
  queryFn: () => unwrap(api.GET("/api/prompts/{purpose}/diff", { params: { ...OF.params, query: { former, later } } })),
});

export const useWrite = () =>
  useChange((body: Schemas["PromptVersionIn"]) => unwrap(api.POST("/api/prompts/{purpose}/versions", { ...OF, body })));

export const useActivate = () =>
  useChange((body: Schemas["ActiveVersionIn"]) => unwrap(api.PUT("/api/prompts/{purpose}/active", { ...OF, body })));

export const useTrial = () =>
  useMutation({
    mutationFn: (body: Schemas["PromptTrialIn"]) => unwrap(api.POST("/api/prompts/knowledge/trial", { body })),
  });
