import { defineMessages } from "@/lib/i18n";

/** Apart from the others, which the pages behind the gate do without. */
export const gateMessages = defineMessages({
  en: { starting: "Opening Nexus…" },
  de: { starting: "Nexus wird geöffnet …" },
});
