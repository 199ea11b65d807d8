"use client";

import { useCallback } from "react";
import { create } from "zustand";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** Both languages of a feature's texts; TypeScript refuses a key that one of them lacks. */
export type Catalogue<Key extends string> = { en: Record<Key, string>; de: Record<Key, string> };

export function defineMessages<Key extends string>(catalogue: Catalogue<Key>): Catalogue<Key> {
  return catalogue;
}

const STORED = "nexus-language";

interface Chosen {
  language: Language;
}

/** English until the page runs, so that what was exported and what is first rendered agree. */
export const useLanguage = create<Chosen>(() => ({ language: "en" }));

export function chooseLanguage(language: Language): void {
  useLanguage.setState({ language });
  document.documentElement.lang = language;
  localStorage.setItem(STORED, language);
}

/** The language chosen before, or the browser's. Called once, after the first paint. */
export function restoreLanguage(): void {
  const wanted = localStorage.getItem(STORED) ?? navigator.language.slice(0, 2);
  const language: Language = wanted === "de" ? "de" : "en";
  useLanguage.setState({ language });
  document.documentElement.lang = language;
}

type Values = Record<string, string | number>;

/** `{name}` is replaced; `{count, one|many}` picks by the number of that name. */
export function format(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)(?:,\s*([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) return (value === 1 ? one : many).replaceAll("#", String(value));
    return String(value);
  });
}

export type Translate<Key extends string> = (key: Key, values?: Values) => string;

/** The texts of a feature in the person's language: `const t = useMessages(messages); t("save")`. */
export function useMessages<Key extends string>(catalogue: Catalogue<Key>): Translate<Key> {
  const language = useLanguage((chosen) => chosen.language);
  return useCallback((key, values) => format(catalogue[language][key], values), [catalogue, language]);
}
