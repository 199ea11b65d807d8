import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    doubted: "Why this sentence is marked: {reason}",
    heading: "Not confirmed by the sources",
    number: "{words} {count, does|do} not stand in the passages cited, or not about this.",
    name: "{words} {count, does|do} not stand in the passages cited, or not about this.",
    denied: "The passages cited seem to say the opposite.",
    elsewhere: "This is not in the passage cited here, but in another one of this answer.",
    not_found: "The passages cited do not say this.",
    uncited: "Nothing is cited for this.",
    advice: "Open the source and read it there before you rely on this.",
    all: "{count, The one statement was found in its sources.|All # statements were found in their sources.}",
    some: "{doubted} of {count} statements {doubted, is|are} not confirmed by the sources, and marked.",
    score: "Support by the sources: {score} %",
  },
  de: {
    doubted: "Warum dieser Satz markiert ist: {reason}",
    heading: "Von den Quellen nicht bestätigt",
    number: "{words} {count, steht|stehen} nicht in den zitierten Stellen, oder nicht hierüber.",
    name: "{words} {count, steht|stehen} nicht in den zitierten Stellen, oder nicht hierüber.",
    denied: "Die zitierten Stellen sagen anscheinend das Gegenteil.",
    elsewhere: "Das steht nicht in der hier zitierten Stelle, sondern in einer anderen dieser Antwort.",
    not_found: "Die zitierten Stellen sagen das nicht.",
    uncited: "Dafür ist nichts zitiert.",
    advice: "Öffnen Sie die Quelle und lesen Sie dort nach, bevor Sie sich darauf verlassen.",
    all: "{count, Die eine Aussage wurde in ihren Quellen gefunden.|Alle # Aussagen wurden in ihren Quellen gefunden.}",
    some: "{doubted} von {count} Aussagen {doubted, ist|sind} von den Quellen nicht bestätigt und markiert.",
    score: "Rückhalt in den Quellen: {score} %",
  },
});
