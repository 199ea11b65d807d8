"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { type RefObject, useRef, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { giveFeedback, keys, takeFeedbackBack } from "./queries";
import type { Feedback, Message } from "./types";

interface ThumbsState {
  /** What is thought of the answer, as far as this tab knows before the server does. */
  given: Feedback | null;
  /** Whether a few words are asked for. */
  asking: boolean;
  up: RefObject<HTMLButtonElement | null>;
  down: RefObject<HTMLButtonElement | null>;
  rate: (rating: Feedback["rating"]) => void;
  /** Throws Problem; then the words are still there. */
  comment: (text: string) => Promise<void>;
  skip: () => void;
}

export function useThumbs(conversationId: string, message: Message): ThumbsState {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const up = useRef<HTMLButtonElement>(null);
  const down = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState<Feedback | null | undefined>(undefined);
  const given = pending === undefined ? (message.feedback ?? null) : pending;

  const store = async (next: Feedback | null) => {
    setPending(next);
    try {
      await (next ? giveFeedback(message.id, next) : takeFeedbackBack(message.id));
      await client.invalidateQueries({ queryKey: keys.messages(conversationId) });
    } finally {
      setPending(undefined);
    }
  };
  const skip = () => {
    setAsking(false);
    (given?.rating === "up" ? up : down).current?.focus();
  };
  return {
    given,
    asking,
    up,
    down,
    rate: (rating) => {
      const isSame = given?.rating === rating;
      setAsking(!isSame);
      store(isSame ? null : { rating, comment: "" }).catch((problem) => {
        setAsking(false);
        toast({ title: t("notRated"), description: say(problem), tone: "danger" });
      });
    },
    comment: async (text) => {
      if (!given) return;
      await store({ rating: given.rating, comment: text });
      skip();
      toast({ title: t("thanks"), tone: "success" });
    },
    skip,
  };
}

/** Two buttons of which one at most is down; pressing that again takes it back. */
export function Thumbs({ state }: { state: ThumbsState }) {
  const t = useMessages(messages);
  const { given, up, down, rate } = state;
  return (
    <>
      <IconButton
        ref={up}
        label={t("good")}
        icon={ThumbsUp}
        aria-pressed={given?.rating === "up"}
        className="aria-pressed:bg-success-soft aria-pressed:text-success"
        onClick={() => rate("up")}
      />
      <IconButton
        ref={down}
        label={t("bad")}
        icon={ThumbsDown}
        aria-pressed={given?.rating === "down"}
        className="aria-pressed:bg-danger-soft aria-pressed:text-danger"
        onClick={() => rate("down")}
      />
    </>
  );
}
