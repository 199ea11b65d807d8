import { defineMessages } from "@/lib/i18n";

/** Of the developer's way in, which an installation that people use does not have. */
export const developerMessages = defineMessages({
  en: {
    developerMode: "Development mode",
    developerOn: "Development: anybody at this machine can sign in without a password.",
    developerEnter: "Continue as {email}",
  },
  de: {
    developerMode: "Entwicklungsmodus",
    developerOn: "Entwicklung: Wer an diesem Rechner sitzt, kann sich ohne Passwort anmelden.",
    developerEnter: "Weiter als {email}",
  },
});
