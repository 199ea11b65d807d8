import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { followRun } from "./runs";
import type { Message } from "./types";

/**
 * After a reload, or in a second tab: takes up the answers that the conversation is being given. Its messages say which,
 * so that an answer that ends meanwhile is never missed between two questions to the server.
 */
export function useReattach(messages: readonly Message[] | undefined, conversationId: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!conversationId) return;
    for (const { id, open_run } of messages ?? [])
      if (open_run && (open_run.state === "running" || open_run.state === "queued"))
        followRun(client, open_run.id, conversationId, id);
  }, [client, messages, conversationId]);
}
