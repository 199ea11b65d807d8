"use client";

import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useMessages } from "@/lib/i18n";

import { MOD } from "./keys";
import { messages } from "./messages";
import { useShell } from "./store";

type Key = keyof typeof messages.en;

const GROUPS: { title: Key; rows: { says: Key; keys: string[] }[] }[] = [
  {
    title: "anywhere",
    rows: [
      { says: "openSearch", keys: [MOD, "K"] },
      { says: "startChat", keys: [MOD, "⇧", "O"] },
      { says: "toggleRail", keys: [MOD, "B"] },
      { says: "showShortcuts", keys: [MOD, "/"] },
    ],
  },
  {
    title: "composing",
    rows: [
      { says: "send", keys: ["↵"] },
      { says: "lineBreak", keys: ["⇧", "↵"] },
    ],
  },
  {
    title: "inPanel",
    rows: [
      { says: "nextPlace", keys: ["N"] },
      { says: "previousPlace", keys: ["P"] },
      { says: "closePanel", keys: ["Esc"] },
    ],
  },
];

export function ShortcutsDialog() {
  const t = useMessages(messages);
  return (
    <Dialog open onOpenChange={(shortcuts) => useShell.setState({ shortcuts })} title={t("shortcuts")}>
      <div className="grid gap-5">
        {GROUPS.map((group) => (
          <section key={group.title} className="grid gap-1">
            <h3 className="font-medium text-muted text-sm">{t(group.title)}</h3>
            <dl className="divide-y divide-line">
              {group.rows.map((row) => (
                <div key={row.says} className="flex items-center justify-between gap-4 py-2">
                  <dt>{t(row.says)}</dt>
                  <dd className="flex gap-1">
                    {row.keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
