import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    version: "Version {number}",
    inUse: "In use",
    by: "{name}, {when}",
    somebody: "Somebody who is gone",
    use: "Use this version",
    edit: "Edit from here",
    compare: "Compare with the version before",
    hide: "Hide the comparison",
    removed: "Removed: {text}",
    added: "Added: {text}",
  },
  de: {
    version: "Version {number}",
    inUse: "Gilt",
    by: "{name}, {when}",
    somebody: "Jemand, der nicht mehr da ist",
    use: "Diese Version verwenden",
    edit: "Von hier aus bearbeiten",
    compare: "Mit der Version davor vergleichen",
    hide: "Vergleich verbergen",
    removed: "Entfernt: {text}",
    added: "Hinzugefügt: {text}",
  },
});
