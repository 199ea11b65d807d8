"use client";

import { ChevronRight, Plug, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { messages } from "./messages";
import { type ToolServer, useServers } from "./queries";
import { ServerBadge } from "./ServerBadge";
import { ServerDialog } from "./ServerDialog";

export const placeOf = (id: string) => `/admin/tools/server/?id=${id}`;

/** The systems whose tools there are; each has a page of its own. */
export function Servers() {
  const t = useMessages(messages);
  const router = useRouter();
  const query = useServers();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Listing query={query} empty={<p className="text-muted text-sm">{t("noServers")}</p>}>
        <ul className="divide-y divide-line border-line border-y">
          {query.items.map((one) => (
            <Row key={one.id} server={one} />
          ))}
        </ul>
      </Listing>
      <div>
        <Button size="sm" variant="secondary" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          {t("add")}
        </Button>
      </div>
      {adding && <ServerDialog onClose={() => setAdding(false)} onSaved={(saved) => router.push(placeOf(saved.id))} />}
    </>
  );
}

function Row({ server }: { server: ToolServer }) {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const facts = [
    server.url,
    t(`auth_${server.auth}`),
    server.looked_at && t("askedAt", { when: ago(server.looked_at) }),
  ];
  return (
    <li className="relative flex items-start gap-3 py-3">
      <Plug aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          {/* The whole row leads there. */}
          <Link
            href={placeOf(server.id)}
            className="break-words font-medium after:absolute after:inset-0 hover:underline"
          >
            {server.name}
          </Link>
          <ServerBadge server={server} />
        </p>
        <p className="wrap-anywhere text-muted text-sm">{facts.filter(Boolean).join(" · ")}</p>
        {server.failure && <p className="break-words text-sm text-warning">{server.failure}</p>}
      </div>
      <ChevronRight aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
    </li>
  );
}
