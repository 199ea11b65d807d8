import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { api, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { keys } from "../queries";
import type { Message } from "../types";
import { begin, useBegun } from "./begun";
import { messages } from "./messages";
import { type AttachedFile, useFiles } from "./queries";
import { type Arrived, type Sending, sendFiles, useSending } from "./sending";
import { unsentOf } from "./unsent";

const NO_LIMIT = Number.POSITIVE_INFINITY;

export interface Attaching {
  /** The conversation whose files they are; null while there is none. */
  conversationId: string | null;
  /** All of the conversation's. */
  files: readonly AttachedFile[];
  /** Those that no question has named yet: they go with the next one. */
  unsent: readonly AttachedFile[];
  sendings: readonly Sending[];
  attach: (files: readonly File[]) => Promise<void>;
  onArrived: (file: Arrived) => void;
}

/** The files of the conversation that is shown, or of the one that is being begun. */
export function useAttach(shownId: string | null, asked: readonly Message[] | undefined): Attaching {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const begun = useBegun((state) => state.id);
  const conversationId = shownId ?? begun;
  const files = useFiles(conversationId);
  const all = useSending((state) => state.sendings);
  const sendings = useMemo(() => all.filter((one) => one.conversationId === conversationId), [all, conversationId]);
  const capabilities = useQuery({
    queryKey: keys.capabilities,
    queryFn: () => unwrap(api.GET("/api/capabilities")),
    staleTime: 300_000,
  });
  const limit = capabilities.data?.max_upload_bytes ?? NO_LIMIT;
  const unsent = useMemo(() => {
    if (shownId !== null && !asked) return [];
    return unsentOf(files, asked);
  }, [shownId, asked, files]);

  const onArrived = useCallback(
    (file: Arrived) => {
      if (file.outcome === "unchanged") toast({ title: t("known", { name: file.name }) });
      else if (file.duplicate_of) toast({ title: t("twin", { name: file.name }) });
    },
    [t],
  );
  const attach = useCallback(
    async (chosen: readonly File[]) => {
      if (!chosen.length) return;
      try {
        sendFiles(client, conversationId ?? (await begin()), chosen, { limit, onArrived });
      } catch (problem) {
        toast({ title: t("notAttached"), description: say(problem), tone: "danger" });
      }
    },
    [client, conversationId, limit, onArrived, say, t],
  );
  return { conversationId, files, unsent, sendings, attach, onArrived };
}
