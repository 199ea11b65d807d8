import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    title: "Administration",
    loading: "Loading…",
    people: "People",
    organisation: "Organisation",
    groups: "Groups",
    roles: "Roles",
    provisioning: "Provisioning",
    feedback: "Feedback",
    models: "Models",
    conversations: "Conversations",
    tenants: "Tenants",
    noneTitle: "Not for your role",
    noneText: "Your role does not allow this page. Ask an administrator if you need it.",
  },
  de: {
    title: "Administration",
    loading: "Wird geladen …",
    people: "Personen",
    organisation: "Organisation",
    groups: "Gruppen",
    roles: "Rollen",
    provisioning: "Bereitstellung",
    feedback: "Rückmeldungen",
    models: "Modelle",
    conversations: "Gespräche",
    tenants: "Mandanten",
    noneTitle: "Nicht für Ihre Rolle",
    noneText: "Ihre Rolle erlaubt diese Seite nicht. Fragen Sie Ihre Administration, wenn Sie sie brauchen.",
  },
});
