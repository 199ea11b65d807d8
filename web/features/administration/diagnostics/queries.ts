"use client";

import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { useChange, usePages } from "../queries";

export type Diagnostics = Schemas["DiagnosticsOut"];
export type Check = Schemas["CheckOut"];
export type IndexCheck = Schemas["IndexCheckOut"];
export type Job = Schemas["JobOut"];
export type JobState = Job["state"];

/** Looking at everything asks the embedding model and the scanner something each time. */
const LOOK = 15_000;
const WATCH = 5_000;
const SOON = 1_000;

export const useDiagnostics = () =>
  useQuery({
    queryKey: ["structure", "diagnostics"],
    queryFn: () => unwrap(api.GET("/api/diagnostics")),
    refetchInterval: LOOK,
  });

export const useIndexChecks = () =>
  useQuery({
    queryKey: ["structure", "index-checks"],
    queryFn: () => unwrap(api.GET("/api/index/checks")),
    refetchInterval: ({ state }) => (state.data?.[0]?.state === "running" ? SOON : LOOK),
  });

export const useBeginCheck = () => useChange(() => unwrap(api.POST("/api/index/checks")));

export const useRebuild = () => useChange(() => unwrap(api.POST("/api/index/rebuild")));

export const useJobs = (state: JobState | "") =>
  usePages<Job>(
    ["jobs", state],
    (cursor) => unwrap(api.GET("/api/jobs", { params: { query: { state: state || undefined, cursor, limit: 25 } } })),
    { refetchInterval: WATCH },
  );

const ofJob = (job_id: string) => ({ params: { path: { job_id } } });

export const useRetry = () => useChange((id: string) => unwrap(api.POST("/api/jobs/{job_id}/retry", ofJob(id))));

export const useCancel = () => useChange((id: string) => unwrap(api.POST("/api/jobs/{job_id}/cancel", ofJob(id))));
