import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    notFound: "There is no such page",
    notFoundLead: "The address is mistyped, or the page has moved.",
    toStart: "Go to the start",
    failed: "This page has stumbled",
    failedLead: "Something unexpected happened in the page. Your data on the server is untouched.",
    again: "Try again",
    reload: "Reload the page",
  },
  de: {
    notFound: "Diese Seite gibt es nicht",
    notFoundLead: "Die Adresse ist falsch geschrieben, oder die Seite ist umgezogen.",
    toStart: "Zur Startseite",
    failed: "Diese Seite ist gestolpert",
    failedLead: "In der Seite ist etwas Unerwartetes passiert. Ihre Daten auf dem Server sind unberührt.",
    again: "Erneut versuchen",
    reload: "Seite neu laden",
  },
});
