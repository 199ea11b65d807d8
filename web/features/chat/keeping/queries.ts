import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { keys } from "../queries";

/** How conversations are kept, and which go next; asked again whenever the lists change. */
export function useKeeping() {
  return useQuery({
    queryKey: [...keys.conversations, "keeping"],
    staleTime: 60_000,
    queryFn: () => unwrap(api.GET("/api/conversation-keeping")),
  });
}

export async function keepConversation(conversationId: string): Promise<void> {
  const params = { path: { conversation_id: conversationId } };
  await unwrap(api.PATCH("/api/conversations/{conversation_id}", { params, body: { temporary: false } }));
}
