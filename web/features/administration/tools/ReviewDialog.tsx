"use client";

import { type ReactNode, useState } from "react";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type ServerTool, useDecide } from "./queries";

interface ReviewDialogProps {
  server: string;
  tool: ServerTool;
  onClose: () => void;
}

/** A tool as its server describes it, beside what was agreed to where it has changed; and the decision. */
export function ReviewDialog({ server, tool, onClose }: ReviewDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const decide = useDecide(server);
  const [asks, setAsks] = useState(tool.asks || !tool.read_only);
  const before = tool.agreed;
  const parameters = JSON.stringify(tool.parameters, null, 2);
  const former = before ? JSON.stringify(before.parameters, null, 2) : parameters;

  async function choose(allowed: boolean) {
    try {
      await decide.mutateAsync({ id: tool.id, allowed, hash: tool.hash, asks });
      toast({ title: t(allowed ? "toolAllowed" : "toolTakenBack", { name: tool.name }), tone: "success" });
      onClose();
    } catch {
      // Shown below; the list is read again, and with it what is looked at here.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={<span className="break-all">{tool.name}</span>}
      description={<span className="break-words">{t("reviewLead", { called: tool.called })}</span>}
      className={before ? "max-w-3xl" : "max-w-xl"}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {t("close")}
          </Button>
          {(tool.allowed || tool.changed) && (
            <Button variant="secondary" busy={decide.isPending} onClick={() => void choose(false)}>
              {t("takeBack")}
            </Button>
          )}
          <Button busy={decide.isPending} onClick={() => void choose(true)}>
            {t(tool.changed ? "allowAgain" : "allow")}
          </Button>
        </>
      }
    >
      <div className="grid gap-5">
        <Section title={t("description")}>
          <Pair before={before && before.description !== tool.description ? before.description : null}>
            {tool.description || t("noDescription")}
          </Pair>
        </Section>
        <Section title={t("parameters")}>
          <Pair code before={former === parameters ? null : former}>
            {parameters}
          </Pair>
        </Section>
        <p className="text-sm">
          {t(tool.read_only ? "reads" : "changes")}
          {before && before.read_only !== tool.read_only && (
            <span className="block text-warning">{t(before.read_only ? "wasReading" : "isReading")}</span>
          )}
          <span className="block break-all text-muted">{t("fingerprint", { hash: tool.hash.slice(0, 16) })}</span>
        </p>
        <Checkbox
          label={t("asks")}
          hint={t(tool.read_only ? (asks ? "asksHint" : "asksAnyway") : "asksForced")}
          checked={asks}
          disabled={!tool.read_only}
          onCheckedChange={setAsks}
        />
        {decide.error && (
          <p role="alert" className="text-danger text-sm">
            {say(decide.error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid min-w-0 gap-1.5">
      <h3 className="font-medium text-sm">{title}</h3>
      {children}
    </section>
  );
}

/** What it is; beside what it was, where that is something else. */
function Pair({ before, code, children }: { before: string | null; code?: boolean; children: string }) {
  const t = useMessages(messages);
  if (before === null) return <Words code={code}>{children}</Words>;
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <div className="grid min-w-0 content-start gap-1">
        <p className="text-muted text-sm">{t("before")}</p>
        <Words code={code}>{before || t("noDescription")}</Words>
      </div>
      <div className="grid min-w-0 content-start gap-1">
        <p className="text-muted text-sm">{t("now")}</p>
        <Words code={code} fresh>
          {children}
        </Words>
      </div>
    </div>
  );
}

/** Somebody else's words, shown as such. */
function Words({ code, fresh, children }: { code?: boolean | undefined; fresh?: boolean; children: string }) {
  const look = `max-h-60 overflow-auto rounded-lg border bg-sunken p-3 text-sm ${fresh ? "border-warning" : "border-line"}`;
  if (code) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
      <pre tabIndex={0} className={`${look} font-mono text-xs`}>
        {children}
      </pre>
    );
  }
  return <blockquote className={`${look} whitespace-pre-wrap break-words`}>{children}</blockquote>;
}
