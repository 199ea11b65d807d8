export const messages = {
  en: {
    fromWeb: "From the web",
    chip: "Source {number}, from the web: {title}. Opens {host} in a new tab.",
    opens: "Opens another site",
    read: "read {when}",
    notOurs: "Not one of your company's documents.",
  },
  de: {
    fromWeb: "Aus dem Web",
    chip: "Quelle {number}, aus dem Web: {title}. Öffnet {host} in einem neuen Tab.",
    opens: "Öffnet eine andere Website",
    read: "gelesen {when}",
    notOurs: "Kein Dokument Ihrer Firma.",
  },
};
