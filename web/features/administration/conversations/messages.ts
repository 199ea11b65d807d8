import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    title: "Conversations",
    lead: "How many conversations each person keeps, and for how long. Changes count within the hour.",
    most: "Conversations of each person",
    mostHint:
      "Beyond that, the oldest that are neither pinned nor in a folder are deleted. People are told before, and which.",
    mostError: "Enter a number from 10 to 100,000.",
    days: "Days after the last use",
    daysHint: "Then a conversation is deleted, pinned or not. Leave it empty to keep conversations for good.",
    daysError: "Enter a number from 1 to 36,500, or nothing.",
    confirmTitle: "Keep conversations for a shorter time?",
    confirmHint:
      "Within the hour, every conversation that was not used for {days, a day|# days} is deleted, for everybody in the company. Administrators cannot bring them back.",
    confirmFewer:
      "Within the hour, whoever has more than {most} conversations loses the oldest that are neither pinned nor in a folder.",
    confirm: "Save and delete",
  },
  de: {
    title: "Gespräche",
    lead: "Wie viele Gespräche jede Person behält, und wie lange. Änderungen gelten binnen einer Stunde.",
    most: "Gespräche je Person",
    mostHint:
      "Darüber hinaus werden die ältesten gelöscht, die weder angeheftet noch in einem Ordner sind. Die Personen erfahren vorher, welche.",
    mostError: "Geben Sie eine Zahl von 10 bis 100.000 ein.",
    days: "Tage nach der letzten Nutzung",
    daysHint: "Dann wird ein Gespräch gelöscht, ob angeheftet oder nicht. Leer: Gespräche bleiben dauerhaft.",
    daysError: "Geben Sie eine Zahl von 1 bis 36.500 ein, oder nichts.",
    confirmTitle: "Gespräche kürzer behalten?",
    confirmHint:
      "Binnen einer Stunde wird jedes Gespräch gelöscht, das {days, einen Tag|# Tage} nicht genutzt wurde, bei allen im Unternehmen. Die Administration kann sie nicht zurückholen.",
    confirmFewer:
      "Binnen einer Stunde verliert, wer mehr als {most} Gespräche hat, die ältesten, die weder angeheftet noch in einem Ordner sind.",
    confirm: "Speichern und löschen",
  },
});
