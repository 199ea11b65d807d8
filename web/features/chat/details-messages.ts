import { defineMessages } from "@/lib/i18n";

/** How an answer was made. */
export const messages = defineMessages({
  en: {
    details: "Details",
    addModel: "Add a language model",
    model: "Model",
    provider: "Provider",
    region: "Region",
    tokens: "Tokens",
    tokenCount: "{input} read, {output} written",
    cached: "{count} of them from the provider's cache",
    estimated: "estimated",
    cost: "Cost",
    unknown: "not known",
    costHint: "By the price list {source}.",
    first: "First word",
    total: "In all",
    seconds: "{count} s",
  },
  de: {
    details: "Einzelheiten",
    addModel: "Sprachmodell hinzufügen",
    model: "Modell",
    provider: "Anbieter",
    region: "Region",
    tokens: "Token",
    tokenCount: "{input} gelesen, {output} geschrieben",
    cached: "{count} davon aus dem Zwischenspeicher des Anbieters",
    estimated: "geschätzt",
    cost: "Kosten",
    unknown: "nicht bekannt",
    costHint: "Nach der Preisliste {source}.",
    first: "Erstes Wort",
    total: "Insgesamt",
    seconds: "{count} s",
  },
});
