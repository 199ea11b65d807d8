import { defineMessages, type Translate } from "@/lib/i18n";

/** What each page says in its own words: what a right allows, and what it means to give or take it. */
export type GrantWords = Translate<
  "read" | "manage" | "removeTitle" | "removeText" | "removed" | "add" | "addText" | "added"
>;

export const messages = defineMessages({
  en: {
    who: "Who has access",
    whoText: "Whoever is named here, or belongs to what is named here, and nobody else.",
    levelOf: "Right of {name}",
    remove: "Remove {name}",
    removeIt: "Remove",
    changeTitle: "Change the right of {name}?",
    changeIt: "Change",
    changed: "{name}: {level}",
    unnamed: "Somebody who is gone",
    subject: "Who",
    level: "Right",
    addIt: "Give access",
  },
  de: {
    who: "Wer Zugriff hat",
    whoText: "Wer hier steht oder zu dem gehört, was hier steht, und sonst niemand.",
    levelOf: "Recht von {name}",
    remove: "{name} entfernen",
    removeIt: "Entfernen",
    changeTitle: "Das Recht von {name} ändern?",
    changeIt: "Ändern",
    changed: "{name}: {level}",
    unnamed: "Jemand, den es nicht mehr gibt",
    subject: "Wem",
    level: "Recht",
    addIt: "Zugriff geben",
  },
});
