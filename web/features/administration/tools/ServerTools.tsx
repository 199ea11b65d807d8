"use client";

import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";

import { Listing } from "../Listing";
import { messages } from "./messages";
import { type ServerTool, type ToolServer, useServerTools } from "./queries";
import { ReviewDialog } from "./ReviewDialog";
import { RolesDialog } from "./RolesDialog";
import { WhoButton } from "./WhoButton";

/** What a server offers, and what was decided about each. */
export function ServerTools({ server }: { server: ToolServer }) {
  const t = useMessages(messages);
  const query = useServerTools(server.id);
  const [act, setAct] = useState<{ kind: "review" | "who"; id: string } | null>(null);
  const tool = query.items.find((one) => one.id === act?.id);
  const close = () => setAct(null);
  return (
    <>
      <VisuallyHidden role="status">
        {query.isSuccess && server.looked_at ? t("askDone", { count: query.items.length }) : ""}
      </VisuallyHidden>
      <Listing query={query} empty={<p className="text-muted text-sm">{t("noTools")}</p>}>
        <ul className="divide-y divide-line border-line border-y">
          {query.items.map((one) => (
            <Row key={one.id} tool={one} onAct={(kind) => setAct({ kind, id: one.id })} />
          ))}
        </ul>
      </Listing>
      {tool && act?.kind === "review" && <ReviewDialog server={server.id} tool={tool} onClose={close} />}
      {tool && act?.kind === "who" && (
        <RolesDialog tool={tool.called} name={tool.name} roles={tool.roles} onClose={close} />
      )}
    </>
  );
}

function Row({ tool, onAct }: { tool: ServerTool; onAct: (kind: "review" | "who") => void }) {
  const t = useMessages(messages);
  const facts = [t(tool.read_only ? "reads" : "changes"), tool.asks && t("asksEach")];
  return (
    <li className="flex items-start gap-3 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="break-all font-medium">{tool.name}</span>
          {tool.changed ? (
            <Badge tone="warning">{t("changed")}</Badge>
          ) : (
            <Badge tone={tool.allowed ? "success" : "neutral"}>{t(tool.allowed ? "allowed" : "notAllowed")}</Badge>
          )}
        </p>
        <p className="line-clamp-2 break-words text-muted text-sm">{tool.description || t("noDescription")}</p>
        <p className="mt-0.5 text-sm">{facts.filter(Boolean).join(" · ")}</p>
        <WhoButton name={tool.name} roles={tool.roles} onClick={() => onAct("who")} />
      </div>
      <Button
        size="sm"
        variant={tool.allowed ? "ghost" : "secondary"}
        aria-label={t("reviewOf", { name: tool.name })}
        onClick={() => onAct("review")}
      >
        {t("review")}
      </Button>
    </li>
  );
}
