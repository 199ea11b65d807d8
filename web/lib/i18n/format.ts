"use client";

import { useMemo } from "react";

import { useLanguage } from "./index";

const MINUTE = 60;
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 24 * 60 * MINUTE],
  ["month", 30 * 24 * 60 * MINUTE],
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
];

/** Numbers, sizes and moments as the person's language writes them. */
export function useFormats() {
  const language = useLanguage((chosen) => chosen.language);
  return useMemo(() => {
    const number = new Intl.NumberFormat(language);
    const share = new Intl.NumberFormat(language, { style: "percent" });
    const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    return {
      number: (value: number) => number.format(value),
      /** "75 %", of a fraction. */
      percent: (value: number) => share.format(value),
      date: (iso: string) => date.format(new Date(iso)),
      moment: (iso: string) => moment.format(new Date(iso)),
      /** "3 minutes ago". */
      ago: (iso: string, now = Date.now()) => {
        const seconds = (new Date(iso).getTime() - now) / 1000;
        const [unit, length] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", MINUTE];
        return relative.format(Math.round(seconds / length), unit);
      },
      /** "1.4 MB". */
      bytes: (size: number) => {
        const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
        const power = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
        return new Intl.NumberFormat(language, {
          style: "unit",
          unit: units[power] ?? "byte",
          unitDisplay: power ? "short" : "long",
          maximumFractionDigits: power ? 1 : 0,
        }).format(size / 1000 ** power);
      },
    };
  }, [language]);
}
