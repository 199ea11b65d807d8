import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, unwrap } from "@/lib/api/client";

import { followRun } from "./runs";
import type { Conversation } from "./types";

interface Active extends Conversation {
  active_run_id?: string | null;
}

/** After a reload, or in a second tab: takes up the answer that the conversation is being given. */
export function useReattach(conversationId: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!conversationId) return;
    let wanted = true;
    void attach(conversationId, (runId, questionId) => {
      if (wanted) followRun(client, runId, conversationId, questionId);
    });
    return () => {
      wanted = false;
    };
  }, [client, conversationId]);
}

async function attach(conversationId: string, follow: (runId: string, questionId: string) => void): Promise<void> {
  try {
    const path = { conversation_id: conversationId };
    const { active_run_id } = (await unwrap(
      api.GET("/api/conversations/{conversation_id}", { params: { path } }),
    )) as Active;
    if (!active_run_id) return;
    const { run } = await unwrap(api.GET("/api/runs/{run_id}", { params: { path: { run_id: active_run_id } } }));
    follow(run.id, run.question_id);
  } catch {
    // The messages are asked for beside this, and say what is wrong.
  }
}
