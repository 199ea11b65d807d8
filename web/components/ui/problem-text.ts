"use client";

import { useCallback } from "react";

import { Problem } from "@/lib/api/problem";
import { useLanguage, useMessages } from "@/lib/i18n";

import { messages } from "./messages";

type Key = keyof typeof messages.en;

/** Refusals that mean the same everywhere; others say more by the server's own sentence. */
const GENERAL: readonly Key[] = [
  "offline",
  "not-authenticated",
  "too-many-attempts",
  "weak-password",
  "wrong-password",
  "wrong-code",
  "challenge-spent",
  "sign-up-closed",
  "second-factor",
  "protected-user",
  "looked-after",
];
const BY_STATUS: Readonly<Record<number, Key>> = {
  403: "forbidden",
  404: "not-found",
  422: "invalid",
  500: "internal",
};

/** What to tell people about an error: a sentence in their language where there is one, else the server's. */
export function useProblemText(): (problem: unknown) => string {
  const t = useMessages(messages);
  const language = useLanguage((chosen) => chosen.language);
  return useCallback(
    (problem) => {
      if (!(problem instanceof Problem)) return t("unexpected");
      if (language === "en" && problem.message) return problem.message;
      const code = problem.code as Key;
      if (GENERAL.includes(code) || code === "link-spent") return t(code);
      const general = BY_STATUS[problem.status];
      return general ? t(general) : problem.message || t("unexpected");
    },
    [t, language],
  );
}
