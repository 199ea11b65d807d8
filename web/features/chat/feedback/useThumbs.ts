import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useRef, useState } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import type { Feedback, Message } from "../types";
import { useStoredFeedback } from "./useStoredFeedback";

export type Rating = Feedback["rating"];

export interface ThumbsState {
  /** What is thought of the answer. */
  given: Feedback | null;
  /** The thumb about which a few words are asked for. */
  asking: Rating | null;
  /** Those words as far as they are typed; they stay until they are stored. */
  draft: string;
  setDraft: (text: string) => void;
  up: RefObject<HTMLButtonElement | null>;
  down: RefObject<HTMLButtonElement | null>;
  form: RefObject<HTMLFormElement | null>;
  rate: (rating: Rating) => void;
  /** Throws Problem; then the words are still there. */
  comment: () => Promise<void>;
  close: () => void;
}

export function useThumbs(conversationId: string, message: Message): ThumbsState {
  const t = useMessages(messages);
  const say = useProblemText();
  const store = useStoredFeedback(useQueryClient(), conversationId, message);
  const up = useRef<HTMLButtonElement>(null);
  const down = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState<Rating | null>(null);
  const [draft, setDraft] = useState("");
  const typed = useRef(draft);
  typed.current = draft;
  const given = message.feedback ?? null;

  const closeFor = (rating: Rating | null) => {
    // Whoever has gone on to something else meanwhile is left there.
    if (form.current?.contains(document.activeElement)) (rating === "up" ? up : down).current?.focus();
    setAsking(null);
  };

  return {
    given,
    asking,
    draft,
    setDraft,
    up,
    down,
    form,
    rate: (rating) => {
      const isSame = given?.rating === rating;
      setAsking(isSame ? null : rating);
      store(isSame ? null : { rating, comment: "" }).catch((problem) => {
        toast({ title: t("notRated"), description: say(problem), tone: "danger" });
        // Sending the words stores the thumb too, so what is being typed may stay.
        if (!typed.current.trim()) closeFor(rating);
      });
    },
    comment: async () => {
      const text = draft.trim();
      if (asking && text) {
        await store({ rating: asking, comment: text });
        setDraft("");
        toast({ title: t("thanks"), tone: "success" });
      }
      closeFor(asking);
    },
    close: () => closeFor(asking),
  };
}
