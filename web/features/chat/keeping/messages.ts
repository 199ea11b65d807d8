import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    temporary: "Temporary chat",
    temporaryHint:
      "It appears in no list and no search, and is deleted for good {hours, an hour|# hours} after its last use. You can keep it at any time before.",
    temporaryNow: "This chat is temporary: it is deleted {hours, an hour|# hours} after its last use.",
    keep: "Keep it",
    kept: "The chat is kept and listed now.",
    goingTitle: "Some chats will be cleaned up",
    goingMost:
      "You have {count} chats, and {most} are kept. The oldest that are neither pinned nor in a folder go first:",
    goingDays: "Chats that were not used for {days, a day|# days} are deleted. Next:",
    goingHint: "Pin one or put it into a folder to keep it when there are too many.",
    show: "Which ones",
    close: "Close",
  },
  de: {
    temporary: "Temporärer Chat",
    temporaryHint:
      "Er steht in keiner Liste und keiner Suche und wird {hours, eine Stunde|# Stunden} nach der letzten Nutzung endgültig gelöscht. Vorher können Sie ihn jederzeit behalten.",
    temporaryNow: "Dieser Chat ist temporär: Er wird {hours, eine Stunde|# Stunden} nach der letzten Nutzung gelöscht.",
    keep: "Behalten",
    kept: "Der Chat bleibt erhalten und steht jetzt in der Liste.",
    goingTitle: "Einige Chats werden aufgeräumt",
    goingMost:
      "Sie haben {count} Chats, behalten werden {most}. Zuerst gehen die ältesten, die weder angeheftet noch in einem Ordner sind:",
    goingDays: "Chats, die {days, einen Tag|# Tage} nicht genutzt wurden, werden gelöscht. Als Nächstes:",
    goingHint: "Heften Sie einen an oder legen Sie ihn in einen Ordner, damit er bleibt, wenn es zu viele werden.",
    show: "Welche",
    close: "Schließen",
  },
});
