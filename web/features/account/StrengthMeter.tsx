"use client";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { MIN_LENGTH, strengthOf } from "./strength";

const BARS = { empty: 0, short: 1, fair: 2, good: 3 } as const;
const COLOURS = { empty: "bg-line", short: "bg-warning", fair: "bg-accent", good: "bg-success" } as const;

/** Three bars and a sentence below a new password. It keeps its height, so nothing jumps while one types. */
export function StrengthMeter({ password }: { password: string }) {
  const t = useMessages(messages);
  const strength = strengthOf(password);
  const bars = BARS[strength.level];
  return (
    <span className="grid gap-1.5">
      <span aria-hidden className="grid grid-cols-3 gap-1">
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={cn("h-1 rounded-full transition-colors", bar <= bars ? COLOURS[strength.level] : "bg-line")}
          />
        ))}
      </span>
      <span aria-live="polite" className="min-h-10">
        {strength.level === "empty" && t("strengthHint", { count: MIN_LENGTH })}
        {strength.level === "short" && t("strengthShort", { count: strength.missing })}
        {strength.level === "fair" && t("strengthFair")}
        {strength.level === "good" && t("strengthGood")}
      </span>
    </span>
  );
}
