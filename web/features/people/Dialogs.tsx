"use client";

import { useEffect, useRef } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { DeleteDialog } from "./DeleteDialog";
import { messages } from "./dialog-messages";
import { LinkDialog } from "./LinkDialog";
import { PersonDialog } from "./PersonDialog";
import { useEndSessions, useFactorOff, useInviteAgain, useResetLink, useUpdate } from "./queries";
import { RulesDialog } from "./RulesDialog";
import type { Link, Me, Person } from "./types";

type Quick = "activate" | "deactivate" | "end-sessions" | "factor-off" | "invite-again" | "reset-link";

/** What is being done. */
export type Act =
  | { kind: "invite" | "rules" }
  | { kind: "edit" | "delete" | Quick; person: Person }
  | { kind: "link"; purpose: "invite" | "reset"; name: string; link: Link };

interface DialogsProps {
  act: Act;
  me: Me | undefined;
  onAct: (act: Act | null) => void;
}

/** The dialog of what is being done; one at a time. */
export function Dialogs({ act, me, onAct }: DialogsProps) {
  const close = () => onAct(null);
  switch (act.kind) {
    case "rules":
      return <RulesDialog me={me} onClose={close} />;
    case "invite":
      return (
        <PersonDialog
          me={me}
          onClose={close}
          onInvited={(name, link) => onAct({ kind: "link", purpose: "invite", name, link })}
        />
      );
    case "edit":
      return <PersonDialog me={me} person={act.person} onClose={close} />;
    case "delete":
      return <DeleteDialog person={act.person} onClose={close} />;
    case "link":
      return <LinkDialog {...act} onClose={close} />;
    case "activate":
    case "invite-again":
    case "reset-link":
      return <AtOnce key={act.kind} kind={act.kind} person={act.person} onAct={onAct} />;
    default:
      return <Asking key={act.kind} kind={act.kind} person={act.person} onClose={close} />;
  }
}

/** What needs no question; what it gives is shown. */
function AtOnce({ kind, person, onAct }: { kind: Quick; person: Person; onAct: (act: Act | null) => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const update = useUpdate();
  const invite = useInviteAgain();
  const reset = useResetLink();
  const begun = useRef(false);
  const { id, name } = person;

  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const run = async (): Promise<Act | null> => {
      if (kind === "invite-again") return { kind: "link", purpose: "invite", name, link: await invite.mutateAsync(id) };
      if (kind === "reset-link") return { kind: "link", purpose: "reset", name, link: await reset.mutateAsync(id) };
      await update.mutateAsync({ id, active: true });
      toast({ title: t("activated", { name }), tone: "success" });
      return null;
    };
    run().then(onAct, (problem) => {
      toast({ title: say(problem), tone: "danger" });
      onAct(null);
    });
  }, [kind, id, name, invite, reset, update, onAct, say, t]);
  return null;
}

const QUESTIONS = {
  deactivate: { title: "deactivateTitle", text: "deactivateText", confirm: "deactivate", done: "deactivated" },
  "end-sessions": { title: "endTitle", text: "endText", confirm: "endSessions", done: "sessionsEnded" },
  "factor-off": { title: "factorTitle", text: "factorText", confirm: "factorOff", done: "factorIsOff" },
} as const;

function Asking({ kind, person, onClose }: { kind: keyof typeof QUESTIONS; person: Person; onClose: () => void }) {
  const t = useMessages(messages);
  const update = useUpdate();
  const endSessions = useEndSessions();
  const factorOff = useFactorOff();
  const { id, name } = person;
  const { title, text, confirm, done } = QUESTIONS[kind];

  async function run() {
    if (kind === "deactivate") await update.mutateAsync({ id, active: false });
    if (kind === "end-sessions") await endSessions.mutateAsync(id);
    if (kind === "factor-off") await factorOff.mutateAsync(id);
    toast({ title: t(done, { name }), tone: "success" });
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t(title, { name })}
      description={t(text)}
      confirm={t(confirm)}
      danger={kind !== "end-sessions"}
      onConfirm={run}
    />
  );
}
