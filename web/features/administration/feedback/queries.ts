"use client";

import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "@/lib/api/client";

import { useChange, usePages } from "../queries";

export type Entry = Schemas["FeedbackEntry"];
export type State = Entry["state"];
export type Case = Schemas["EvaluationCaseOut"];

export const STATES: readonly State[] = ["pending", "reviewed", "resolved"];

export const useFeedback = (state: State, rating: Entry["rating"] | "") =>
  usePages<Entry>(["feedback", state, rating], (cursor) =>
    unwrap(api.GET("/api/feedback", { params: { query: { state, rating: rating || undefined, cursor, limit: 20 } } })),
  );

export const useCounts = () =>
  useQuery({ queryKey: ["structure", "feedback-counts"], queryFn: () => unwrap(api.GET("/api/feedback/counts")) });

const ofFeedback = (feedback_id: string) => ({ params: { path: { feedback_id } } });

export const useReview = () =>
  useChange(({ id, ...body }: Schemas["ReviewIn"] & { id: string }) =>
    unwrap(api.PATCH("/api/feedback/{feedback_id}", { ...ofFeedback(id), body })),
  );

export const useMakeCase = () =>
  useChange((id: string) =>
    unwrap(api.POST("/api/feedback/{feedback_id}/evaluation-case", { ...ofFeedback(id), body: { expected: "" } })),
  );

export const useCases = () =>
  usePages<Case>(["evaluation-cases"], (cursor) =>
    unwrap(api.GET("/api/evaluation-cases", { params: { query: { cursor, limit: 50 } } })),
  );

export const useDeleteCase = () =>
  useChange((evaluation_case_id: string) =>
    unwrap(api.DELETE("/api/evaluation-cases/{evaluation_case_id}", { params: { path: { evaluation_case_id } } })),
  );
