import { defineMessages } from "@/lib/i18n";

export const messages = defineMessages({
  en: {
    personal:
      "This is a personal knowledge base: only you can read it. It cannot be shared; to share documents, move them to a shared knowledge base.",
    nobody: "Nobody has access.",
    read: "May read",
    manage: "May manage",
    removeTitle: "Take access away from {name}?",
    removeText: "It counts at once. Whoever has access through something else keeps it.",
    loseManage:
      "You would lose your own right to manage: uploading, deleting and, unless you are an administrator, this page.",
    loseAll: "You would lose your own access: you could no longer read this knowledge base or ask about it.",
    lastManager: "Nobody would be left who manages it. An administrator would have to name somebody.",
    removed: "{name} no longer has access here",

    add: "Give access",
    addText: "A person, a group, a department, or everybody.",
    added: "{name} has access now",

    check: "Check a person's access",
    checkText: "Says whether somebody can read this knowledge base, and why.",
    person: "Person",

    simulate: "Search as {name}",
    simulation: "Simulation",
    simulationText:
      "You see what {name} finds here, as far as you may read it yourself. Documents that only others may read never appear, whether there are any or not. Each search is recorded in the audit log with your name, without the question.",
    question: "Question, or the name of a document",
    questionOf: "What {name} would search for",
    search: "Search",
    results: "What {name} finds",
    count: "{count, # result|# results}",
    nothing: "{name} finds nothing here, of what you may read yourself.",
    notShown:
      "You may not read this knowledge base yourself, so nothing of what is in it can be shown. Give yourself access to it first.",
    notReadable: "{name} cannot read this knowledge base, so a search finds nothing in it.",
    signedOut: "{name} is signed out and can search for nothing.",
    unsure: "None of this fits well.",
    whySeen: "Why {name} sees this",
    unseen: "Called like this, and not found by {name}",
  },
  de: {
    personal:
      "Dies ist eine persönliche Wissensbasis: Nur Sie können sie lesen. Sie lässt sich nicht teilen; verschieben Sie Dokumente, die andere lesen sollen, in eine gemeinsame Wissensbasis.",
    nobody: "Niemand hat Zugriff.",
    read: "Darf lesen",
    manage: "Darf verwalten",
    removeTitle: "{name} den Zugriff entziehen?",
    removeText: "Das gilt sofort. Wer auf anderem Weg Zugriff hat, behält ihn.",
    loseManage:
      "Sie würden Ihr eigenes Recht zu verwalten verlieren: Hochladen, Löschen und, wenn Sie nicht Administrator sind, diese Seite.",
    loseAll:
      "Sie würden Ihren eigenen Zugriff verlieren: Sie könnten diese Wissensbasis nicht mehr lesen oder etwas dazu fragen.",
    lastManager: "Niemand wäre mehr da, der sie verwaltet. Ein Administrator müsste jemanden bestimmen.",
    removed: "{name} hat hier keinen Zugriff mehr",

    add: "Zugriff geben",
    addText: "Einer Person, einer Gruppe, einer Abteilung oder allen.",
    added: "{name} hat jetzt Zugriff",

    check: "Zugriff einer Person prüfen",
    checkText: "Sagt, ob jemand diese Wissensbasis lesen kann und warum.",
    person: "Person",

    simulate: "Suchen als {name}",
    simulation: "Simulation",
    simulationText:
      "Sie sehen, was {name} hier findet, soweit Sie es selbst lesen dürfen. Dokumente, die nur andere lesen dürfen, erscheinen nie, ob es welche gibt oder nicht. Jede Suche wird mit Ihrem Namen im Protokoll vermerkt, ohne die Frage.",
    question: "Frage oder Name eines Dokuments",
    questionOf: "Wonach {name} suchen würde",
    search: "Suchen",
    results: "Was {name} findet",
    count: "{count, # Ergebnis|# Ergebnisse}",
    nothing: "{name} findet hier nichts von dem, was Sie selbst lesen dürfen.",
    notShown:
      "Sie dürfen diese Wissensbasis selbst nicht lesen, also kann nichts von ihrem Inhalt gezeigt werden. Geben Sie sich zuerst Zugriff.",
    notReadable: "{name} kann diese Wissensbasis nicht lesen, also findet eine Suche nichts darin.",
    signedOut: "{name} ist abgemeldet und kann nichts suchen.",
    unsure: "Nichts davon passt gut.",
    whySeen: "Warum {name} das sieht",
    unseen: "So benannt, aber von {name} nicht gefunden",
  },
});
