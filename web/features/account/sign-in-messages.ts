import { defineMessages } from "@/lib/i18n";

/** Of the sign-in page alone: the pages behind it do without. */
export const signInMessages = defineMessages({
  en: {
    or: "or",
    byPassword: "Sign in with a password",
    problem_cancelled: "The sign-in was cancelled, or your company does not let you use Nexus. Try again or ask them.",
    problem_expired: "This sign-in took too long or began in another window. Try again.",
    "problem_not-trusted":
      "The sign-in could not be verified, so you are not signed in. Try again; if it stays, ask your administrator.",
    problem_foreign:
      "Accounts of your company cannot sign in here. Use the account of the company that runs this page.",
    problem_unreachable: "The sign-in service does not answer. Try again in a moment.",
    problem_misconfigured: "Sign-in is not set up correctly. Your administrator finds the reason in the server’s log.",
    "problem_groups-unknown":
      "Your groups could not be read, and your rights depend on them. Try again; if it stays, ask your administrator.",
    "problem_address-taken":
      "Another account has your e-mail address already. Ask your administrator to link it to your sign-in.",
    "problem_no-account": "You have no account here yet. Ask your administrator for one.",
    "problem_no-address":
      "Your company’s account has no e-mail address, which an account here needs. Ask your administrator.",
    problem_inactive: "Your account is deactivated. Ask your administrator.",
    problem_other: "The sign-in did not work. Try again.",
  },
  de: {
    or: "oder",
    byPassword: "Mit Passwort anmelden",
    problem_cancelled:
      "Die Anmeldung wurde abgebrochen, oder Ihr Unternehmen lässt Sie Nexus nicht verwenden. Versuchen Sie es erneut oder fragen Sie dort nach.",
    problem_expired:
      "Diese Anmeldung hat zu lange gedauert oder in einem anderen Fenster begonnen. Versuchen Sie es erneut.",
    "problem_not-trusted":
      "Die Anmeldung ließ sich nicht prüfen, daher sind Sie nicht angemeldet. Versuchen Sie es erneut; bleibt es dabei, fragen Sie Ihre Administration.",
    problem_foreign:
      "Konten Ihres Unternehmens können sich hier nicht anmelden. Verwenden Sie das Konto des Unternehmens, das diese Seite betreibt.",
    problem_unreachable: "Der Anmeldedienst antwortet nicht. Versuchen Sie es gleich noch einmal.",
    problem_misconfigured:
      "Die Anmeldung ist nicht richtig eingerichtet. Ihre Administration findet den Grund im Protokoll des Servers.",
    "problem_groups-unknown":
      "Ihre Gruppen ließen sich nicht lesen, und Ihre Rechte hängen davon ab. Versuchen Sie es erneut; bleibt es dabei, fragen Sie Ihre Administration.",
    "problem_address-taken":
      "Ein anderes Konto hat Ihre E-Mail-Adresse bereits. Bitten Sie Ihre Administration, es mit Ihrer Anmeldung zu verknüpfen.",
    "problem_no-account": "Sie haben hier noch kein Konto. Bitten Sie Ihre Administration darum.",
    "problem_no-address":
      "Ihr Firmenkonto hat keine E-Mail-Adresse, die ein Konto hier braucht. Fragen Sie Ihre Administration.",
    problem_inactive: "Ihr Konto ist deaktiviert. Fragen Sie Ihre Administration.",
    problem_other: "Die Anmeldung hat nicht funktioniert. Versuchen Sie es erneut.",
  },
});
