"use client";

import { Badge, type Tone } from "@/components/ui/badge";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import type { Health } from "./queries";

type State = Health["state"];

const TONES: Record<State, Tone> = { unused: "neutral", healthy: "success", failing: "warning", open: "danger" };
const WORST: State[] = ["open", "failing", "healthy"];

/** The worst of several models, which is what somebody has to look at. */
export function worst(health: readonly Health[]): State {
  return WORST.find((state) => health.some((one) => one.state === state)) ?? "unused";
}

export function HealthBadge({ state }: { state: State }) {
  const t = useMessages(messages);
  return <Badge tone={TONES[state]}>{t(`state_${state}`)}</Badge>;
}
