import type { Language } from "@/lib/i18n";

/** The server gives its reasons in English; here is what their codes mean in the other languages. */
const REASONS: Partial<Record<Language, Readonly<Record<string, string>>>> = {
  de: {
    encrypted: "Die Datei ist mit einem Kennwort geschützt. Entfernen Sie es und laden Sie die Datei erneut hoch.",
    damaged: "Die Datei ist beschädigt. Öffnen Sie sie, speichern Sie sie neu und laden Sie sie dann hoch.",
    empty: "In der Datei ist kein Text.",
    "no-text": "In der Datei ist kein Text: Ihre Seiten sind Bilder.",
    "no-recognition":
      "Die Seiten sind Bilder, und hier ist keine Texterkennung eingerichtet. Bitten Sie Ihren Administrator, Tesseract zu installieren, und verarbeiten Sie das Dokument dann erneut; oder laden Sie ein PDF mit markierbarem Text hoch.",
    "no-converter":
      "Die Datei ist in einem älteren Office-Format, und LibreOffice, das solche Dateien liest, ist hier nicht installiert. Bitten Sie Ihren Administrator, es zu installieren, und verarbeiten Sie das Dokument dann erneut; oder speichern Sie die Datei in einem neueren Format und laden Sie diese hoch.",
    "no-decoder":
      "Das Bild ist im Format HEIC, das hier nicht gelesen wird. Speichern Sie es als JPEG oder PNG und laden Sie dieses hoch; oder bitten Sie Ihren Administrator, die Erweiterung für HEIC zu installieren.",
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

/** Why some pages of a document have no text though the rest is searchable. */
const UNREAD: Record<Language, Readonly<Record<string, string>>> = {
  en: {
    "no-recognition":
      "they are pictures, and text recognition is not set up here. Ask your administrator to install Tesseract, then process the document again.",
    "too-many-pages": "they are pictures, and more than may be recognised. Split the document.",
    other: "their pictures could not be read. Process the document again, or upload a sharper scan.",
  },
  de: {
    "no-recognition":
      "Sie sind Bilder, und hier ist keine Texterkennung eingerichtet. Bitten Sie Ihren Administrator, Tesseract zu installieren, und verarbeiten Sie das Dokument dann erneut.",
    "too-many-pages": "Sie sind Bilder, und mehr als erkannt werden dürfen. Teilen Sie das Dokument.",
    other:
      "Ihre Bilder konnten nicht gelesen werden. Verarbeiten Sie das Dokument erneut oder laden Sie einen schärferen Scan hoch.",
  },
};

export function unreadInWords(code: string | null | undefined, language: Language): string {
  const reasons = UNREAD[language];
  return reasons[code ?? ""] ?? reasons.other ?? "";
}
