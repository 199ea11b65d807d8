import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    title: "Documents",
    lead: "How long deleted documents can be brought back, and how many former versions are kept.",
    days: "Days in which what was deleted can be brought back",
    daysHint: "It counts for what is deleted from now on; 0 removes it at once. Empty: as the installation says.",
    daysHintNow:
      "It counts for what is deleted from now on; 0 removes it at once. Empty: {days}, as the installation says.",
    daysError: "Enter a number from 0 to 3,650, or nothing.",
    versions: "Former versions of a document",
    versionsHint:
      "Kept beside the one that answers, where a knowledge base says nothing else. Empty: all. What is made of one file by processing it again counts once.",
    versionsError: "Enter a number from 0 to 1,000, or nothing.",
    confirmTitle: "Keep less than now?",
    confirmDays: "What is deleted from now on goes for good after {days, a day|# days}.",
    confirmAtOnce: "What is deleted from now on goes for good at once, and nobody can bring it back.",
    confirmVersions:
      "Within the hour, older versions of every document go for good, except where a knowledge base keeps more. Answers that cite them keep their words.",
    confirm: "Save",
  },
  de: {
    title: "Dokumente",
    lead: "Wie lange sich gelöschte Dokumente zurückholen lassen und wie viele frühere Fassungen aufbewahrt werden.",
    days: "Tage, in denen sich Gelöschtes zurückholen lässt",
    daysHint:
      "Gilt für alles, was von jetzt an gelöscht wird; 0 entfernt es sofort. Leer: wie die Installation es sagt.",
    daysHintNow:
      "Gilt für alles, was von jetzt an gelöscht wird; 0 entfernt es sofort. Leer: {days}, wie die Installation es sagt.",
    daysError: "Geben Sie eine Zahl von 0 bis 3.650 ein, oder nichts.",
    versions: "Frühere Fassungen eines Dokuments",
    versionsHint:
      "Neben der, die antwortet, aufbewahrt, wo eine Wissensbasis nichts anderes sagt. Leer: alle. Was durch neues Verarbeiten aus einer Datei wird, zählt einmal.",
    versionsError: "Geben Sie eine Zahl von 0 bis 1.000 ein, oder nichts.",
    confirmTitle: "Weniger aufbewahren als jetzt?",
    confirmDays: "Was von jetzt an gelöscht wird, verschwindet nach {days, einem Tag|# Tagen} endgültig.",
    confirmAtOnce: "Was von jetzt an gelöscht wird, verschwindet sofort, und niemand kann es zurückholen.",
    confirmVersions:
      "Binnen einer Stunde verschwinden ältere Fassungen aller Dokumente endgültig, außer wo eine Wissensbasis mehr aufbewahrt. Antworten, die sie zitieren, behalten ihren Wortlaut.",
    confirm: "Speichern",
  },
});
