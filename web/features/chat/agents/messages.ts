import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    choose: "Who answers",
    none: "Nexus",
    noneHint: "Answers from everything you may read",
    search: "Search agents",
    nothing: "No agent fits",
    starters: "Questions to begin with",
    gone: "You cannot use this conversation's agent any more. What was said stays; to ask on, start a new chat.",
    missing: "There is no such agent, or nobody has given it to you. What you ask here, Nexus answers.",
    newChat: "New chat",
    answers: "{name} answers here",
  },
  de: {
    choose: "Wer antwortet",
    none: "Nexus",
    noneHint: "Antwortet aus allem, was Sie lesen dürfen",
    search: "Agenten suchen",
    nothing: "Kein Agent passt",
    starters: "Fragen für den Anfang",
    gone: "Sie können den Agenten dieser Unterhaltung nicht mehr fragen. Was gesagt wurde, bleibt; um weiter zu fragen, beginnen Sie einen neuen Chat.",
    missing:
      "Diesen Agenten gibt es nicht, oder niemand hat ihn Ihnen gegeben. Was Sie hier fragen, beantwortet Nexus.",
    newChat: "Neuer Chat",
    answers: "Hier antwortet {name}",
  },
});
