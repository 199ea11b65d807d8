"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, unwrap } from "@/lib/api/client";

const PAUSE = 150;
const MOST = 8;

/** The text once the typing has paused. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** The latest conversations, or those that hold what is looked for. */
export function useConversations(search: string) {
  return useQuery({
    queryKey: ["conversations", "palette", search],
    queryFn: () =>
      unwrap(api.GET("/api/conversations", { params: { query: { limit: MOST, ...(search && { search }) } } })),
    placeholderData: keepPreviousData,
  });
}

/** One's own messages that hold all that is looked for. */
export function useFoundMessages(search: string) {
  return useQuery({
    queryKey: ["conversations", "messages", search],
    queryFn: () => unwrap(api.GET("/api/messages", { params: { query: { limit: MOST, search } } })),
    enabled: search !== "",
    placeholderData: keepPreviousData,
  });
}

/** Documents by their name. */
export function useDocuments(name: string) {
  return useQuery({
    queryKey: ["documents", "palette", name],
    queryFn: () => unwrap(api.GET("/api/documents", { params: { query: { limit: MOST, name } } })),
    enabled: name !== "",
    placeholderData: keepPreviousData,
  });
}

/** Agents that one may ask, by their name or description. */
export function useAgents(search: string) {
  return useQuery({
    queryKey: ["agents", "palette", search],
    queryFn: () => unwrap(api.GET("/api/agents", { params: { query: { usable: true, limit: MOST, search } } })),
    enabled: search !== "",
    placeholderData: keepPreviousData,
  });
}
