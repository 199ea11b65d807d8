import type { Schemas } from "@/lib/api/client";

import { OWN, type Provider, type Route, type Settings } from "./queries";

/** A place in a route while it is being changed; `key` stays with it wherever it moves. */
export interface Place {
  key: number;
  /** OWN for the installation's own. */
  provider: string;
  model: string;
}

export const MOST = 5;

export const LIMITS = {
  temperature: [0, 2],
  max_tokens: [16, 128_000],
  deadline_seconds: [5, 600],
  patience_seconds: [1, 300],
} as const;

export type Bound = keyof typeof LIMITS;

/** The places of a route; of one that is not set, a first one to fill in. */
export function placesOf(route: Route, providers: readonly Provider[], own: Settings["environment"]): Place[] {
  const found = route.candidates.map((one, key) => ({ key, provider: one.provider_id ?? OWN, model: one.model }));
  return found.length ? found : [{ key: 0, ...fresh(providers, own) }];
}

/** Whom a new place asks, to begin with. */
export function fresh(providers: readonly Provider[], own: Settings["environment"]): Omit<Place, "key"> {
  const first = providers[0];
  return first ? { provider: first.id, model: "" } : { provider: OWN, model: own?.model ?? "" };
}

/** The places with one of them moved. */
export function moved(places: readonly Place[], from: number, to: number): Place[] {
  const list = [...places];
  const [one] = list.splice(from, 1);
  if (one) list.splice(to, 0, one);
  return list;
}

export function isWithin(bound: Bound, text: string): boolean {
  const [least, most] = LIMITS[bound];
  const value = Number(text);
  const whole = bound === "temperature" || Number.isInteger(value);
  return text.trim() !== "" && whole && value >= least && value <= most;
}

export function bodyOf(
  route: Route,
  places: readonly Place[],
  bounds: Readonly<Record<Bound, string>>,
): Schemas["ModelRoutePut"] {
  return {
    version: route.version,
    candidates: places.map((one) => ({ provider_id: one.provider || null, model: one.model.trim() })),
    temperature: Number(bounds.temperature),
    max_tokens: Number(bounds.max_tokens),
    deadline_seconds: Number(bounds.deadline_seconds),
    patience_seconds: Number(bounds.patience_seconds),
  };
}
