"use client";

import { ThumbsDown, ThumbsUp } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";
import type { ThumbsState } from "./useThumbs";

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
