import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    general: "General",
    processing: "Processing",
    processingText: "How documents become passages. A change counts for what is uploaded from then on.",
    save: "Save",
    saved: "Saved",
    discard: "Discard changes",
    reprocessTitle: "Process all documents again?",
    reprocessText:
      "The new way of cutting counts for new documents only, until the others are processed again. They stay searchable meanwhile.",
    reprocess: "Process all again",
    queued: "{count, # document will be processed again|# documents will be processed again}",
    danger: "Danger zone",
    deleteTitle: "Delete this knowledge base",
    deleteText: "Nobody will find anything in it from that moment on. This cannot be undone.",
    delete: "Delete…",
    confirmTitle: "Delete {name}?",
    confirmWhat:
      "Goes for good: {count, # document|# documents} with text and original files, and everybody's access. Answers given before keep their words, but their sources are shown as unavailable.",
    confirmHidden: "There may be more documents than those you may read; they go as well.",
    confirmType: "To confirm, type its name",
    confirm: "Delete the knowledge base",
    deleted: "{name} was deleted",
  },
  de: {
    general: "Allgemein",
    processing: "Verarbeitung",
    processingText: "Wie aus Dokumenten Abschnitte werden. Eine Änderung gilt für alles, was danach hochgeladen wird.",
    save: "Speichern",
    saved: "Gespeichert",
    discard: "Änderungen verwerfen",
    reprocessTitle: "Alle Dokumente neu verarbeiten?",
    reprocessText:
      "Die neue Zerlegung gilt nur für neue Dokumente, bis die anderen neu verarbeitet sind. Sie bleiben solange durchsuchbar.",
    reprocess: "Alle neu verarbeiten",
    queued: "{count, # Dokument wird neu verarbeitet|# Dokumente werden neu verarbeitet}",
    danger: "Gefahrenbereich",
    deleteTitle: "Diese Wissensbasis löschen",
    deleteText: "Von da an findet niemand mehr etwas darin. Das lässt sich nicht rückgängig machen.",
    delete: "Löschen …",
    confirmTitle: "{name} löschen?",
    confirmWhat:
      "Endgültig verschwinden: {count, # Dokument|# Dokumente} mit Text und Originaldateien und aller Zugriff. Frühere Antworten behalten ihren Wortlaut, ihre Quellen erscheinen aber als nicht verfügbar.",
    confirmHidden: "Es kann mehr Dokumente geben, als Sie lesen dürfen; auch sie verschwinden.",
    confirmType: "Geben Sie zur Bestätigung den Namen ein",
    confirm: "Wissensbasis löschen",
    deleted: "{name} wurde gelöscht",
  },
});
