"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { planResearch } from "./queries";

type About = Parameters<typeof planResearch>[1];

/** Has plans made, and knows the question that one is being made for. */
export function usePlanning() {
  const client = useQueryClient();
  const [planning, setPlanning] = useState<{ text: string; stop: AbortController } | null>(null);

  const plan = async (about: About) => {
    const stop = new AbortController();
    setPlanning({ text: about.text, stop });
    try {
      return await planResearch(client, about, stop.signal);
    } finally {
      setPlanning(null);
    }
  };

  return { planning, plan };
}
