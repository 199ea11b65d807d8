import { useCallback, useEffect, useState } from "react";

const key = (conversationId: string | null) => `nexus-scope-${conversationId ?? "new"}`;

/** Which knowledge bases a conversation asks, remembered for it in this browser; empty means all. */
export function useScope(conversationId: string | null): [string[], (ids: string[], of?: string) => void] {
  const [ids, setIds] = useState<string[]>([]);
  useEffect(() => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(key(conversationId)) ?? "[]");
      setIds(Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : []);
    } catch {
      setIds([]);
    }
  }, [conversationId]);
  const choose = useCallback(
    (chosen: string[], of?: string) => {
      if (!of) setIds(chosen);
      localStorage.setItem(key(of ?? conversationId), JSON.stringify(chosen));
    },
    [conversationId],
  );
  return [ids, choose];
}
