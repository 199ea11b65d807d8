import { format, type Language } from "@/lib/i18n";
import type { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import type { Check } from "./queries";

type Sentences = readonly [detail: string, advice?: string];

const FULL: Sentences = [
  "{free} von {total} sind frei.",
  "Schaffen Sie Platz, oder verlegen Sie den Datenordner: Ohne Platz lässt sich nichts hochladen und nichts löschen.",
];

/** The server says it in English, as `nexus doctor` does; this says the same, by what was looked at and how it is. */
const GERMAN: Partial<Record<`${Check["name"]}.${Check["state"]}`, Sentences>> = {
  "database.ok": ["{kind} {version} antwortet in {milliseconds} ms."],
  "database.warning": [
    "{kind} {version} antwortet in {milliseconds} ms.",
    "Sehen Sie nach, wie ausgelastet der Rechner der Datenbank ist, und nach dem Weg dorthin.",
  ],
  "schema.ok": ["Stand {revision}, der neueste."],
  "schema.fault": [
    "Stand {revision}, doch dieses Nexus braucht {newest}.",
    "Führen Sie „nexus migrate“ aus, und starten Sie jeden Prozess neu.",
  ],
  "index.ok": ["Dokumente: {documents}; Stellen: {chunks}; Änderungen im Rückstand: {behind}."],
  "index.warning": [
    "Dokumente: {documents}; Stellen: {chunks}; Änderungen im Rückstand: {behind}.",
    "Suchen warten, bis er aufgeholt hat. Tut er es nicht, führen Sie „nexus index check“ und „nexus index rebuild“ aus.",
  ],
  "consistency.off": ["Zeilen, Index und Dateien wurden noch nicht verglichen."],
  "consistency.ok": ["Zeilen, Index und Dateien stimmten überein, {when} (Dokumente: {documents})."],
  "consistency.warning": [
    "Der Vergleich von Zeilen, Index und Dateien brach ab, {when}.",
    "Vergleichen Sie noch einmal; scheitert auch das, steht der Grund im Protokoll des Serverprozesses.",
  ],
  "consistency.fault": [
    "Nicht in Ordnung, {when}: {amiss}.",
    "„nexus index check“ nennt sie; „nexus index rebuild“ behebt, was am Index falsch ist. Vergleichen Sie danach noch einmal.",
  ],
  "queue.ok": ["Wartende Aufträge: {waiting}; laufende: {running}."],
  "queue.warning": [
    "Wartende Aufträge: {waiting}; laufende: {running}. Einige warten seit mehr als zehn Minuten: {kinds}.",
    "Es ist mehr zu tun, als die Prozesse schaffen. Starten Sie weitere Worker, oder warten Sie.",
  ],
  "queue.fault": [
    "Wartende Aufträge: {waiting}. Seit mehr als zehn Minuten nimmt sie niemand: {kinds}.",
    "Starten Sie einen Worker („nexus worker“), und sehen Sie nach, ob er und Redis erreichbar sind.",
  ],
  "jobs.ok": ["Kein Auftrag ist gescheitert."],
  "jobs.warning": [
    "Gescheitert: {kinds}.",
    "Jeder sagt unten, warum. Beheben Sie die Ursache, und lassen Sie ihn dann noch einmal laufen.",
  ],
  "files.ok": ["Die Originaldateien sind lesbar."],
  "files.fault": [
    "Die Originaldateien sind nicht lesbar: {reason}.",
    "Sehen Sie nach, ob der Ordner da ist und Nexus gehört.",
  ],
  "disk.ok": ["{free} von {total} sind frei."],
  "disk.warning": FULL,
  "disk.fault": FULL,
  "embedder.ok": ["{model} antwortet in {milliseconds} ms."],
  "embedder.fault": [
    "{model} antwortet nicht. Der Server sagt dazu: „{reason}“",
    "Bis dahin wird nur nach Wörtern gesucht. Prüfen Sie NEXUS_EMBEDDINGS__* und ob der Server des Modells erreichbar ist.",
  ],
  "recognition.ok": ["Text auf Bildern erkennt {engine}."],
  "recognition.off": ["Text auf Bildern wird nicht erkannt."],
  "recognition.fault": [
    "Tesseract lässt sich hier nicht nutzen.",
    "Installieren Sie Tesseract mit den Sprachen aus NEXUS_RECOGNITION__LANGUAGES, und verarbeiten Sie solche Dokumente dann noch einmal.",
  ],
  "scanner.ok": ["Der Virenscanner antwortet."],
  "scanner.off": ["Dateien werden nicht auf Viren geprüft."],
  "scanner.fault": [
    "Der Virenscanner antwortet nicht.",
    "Dokumente warten auf ihn und scheitern nach einer Weile. Prüfen Sie NEXUS_SCANNER__CLAMD und ob er erreichbar ist.",
  ],
  "identity.ok": ["Angemeldet wird mit den Konten des Unternehmens."],
  "identity.off": ["Angemeldet wird mit Passwörtern."],
  "mail.ok": ["E-Mails gehen über {host}."],
  "mail.off": ["Es werden keine E-Mails verschickt; Links werden weitergegeben."],
  "models.ok": ["Das eigene Modell der Installation ist {model}."],
  "models.off": ["Kein eigenes Modell."],
};

export interface Said {
  detail: string;
  advice: string;
  language: Language;
}

/** What was found, and what to do about it; in English where it has no other words. */
export function inWords(check: Check, language: Language, formats: ReturnType<typeof useFormats>): Said {
  const found = language === "de" ? GERMAN[`${check.name}.${check.state}`] : undefined;
  if (!found) return { detail: check.detail, advice: check.advice, language: "en" };
  const values: Record<string, string> = {};
  const amiss: string[] = [];
  for (const [name, value] of Object.entries(check.values)) {
    const key = `amiss.${name}`;
    if (key in messages.de) amiss.push(format(messages.de[key as keyof typeof messages.de], { count: Number(value) }));
    else if (name === "when") values[name] = formats.moment(String(value));
    else if (check.name === "disk") values[name] = formats.bytes(Number(value));
    else values[name] = typeof value === "number" ? formats.number(value) : value;
  }
  values.amiss = amiss.join(", ");
  const [detail, advice = ""] = found;
  return { detail: format(detail, values), advice: format(advice, values), language };
}
