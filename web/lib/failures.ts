import type { Language } from "@/lib/i18n";

/** The server gives its reasons in English; here is what their codes mean in the other languages. */
const REASONS: Partial<Record<Language, Readonly<Record<string, string>>>> = {
  de: {
    encrypted: "Die Datei ist mit einem Kennwort geschützt. Entfernen Sie es und laden Sie die Datei erneut hoch.",
    damaged: "Die Datei ist beschädigt. Öffnen Sie sie, speichern Sie sie neu und laden Sie sie dann hoch.",
    empty: "In der Datei ist kein Text.",
    "no-text": "In der Datei ist kein Text: Ihre Seiten sind Bilder.",
    "too-large": "In der Datei ist mehr, als gelesen werden kann. Teilen Sie sie auf.",
    "too-many-pages": "Die Datei hat zu viele Seiten. Teilen Sie sie auf.",
    bomb: "Entpackt wäre die Datei viel zu groß.",
    timeout: "Das Lesen der Datei dauert zu lange. Teilen Sie sie auf oder speichern Sie sie neu.",
    memory: "Das Lesen der Datei braucht mehr Speicher als erlaubt. Teilen Sie sie auf oder speichern Sie sie neu.",
    unsupported: "Dateien dieser Art können nicht gelesen werden.",
    mislabelled: "Die Datei ist nicht von der Art, die ihr Name sagt.",
    infected:
      "Der Virenscanner hat in dieser Datei etwas gefunden; sie wurde gelöscht. Lassen Sie den Rechner prüfen, von dem sie kommt.",
    unscanned:
      "Der Virenscanner konnte diese Datei nicht prüfen. Versuchen Sie es später erneut oder fragen Sie Ihren Administrator.",
    "gave-up":
      "Die Verarbeitung endete nach mehreren Versuchen. Versuchen Sie es erneut; wenn es wieder scheitert, fragen Sie Ihren Administrator.",
  },
};

/** Why a document could not be read, as a sentence that says what to do; `said` is the server's, in English. */
export function failureInWords(
  code: string | null | undefined,
  said: string | null | undefined,
  language: Language,
): string {
  return REASONS[language]?.[code ?? ""] ?? said ?? "";
}
