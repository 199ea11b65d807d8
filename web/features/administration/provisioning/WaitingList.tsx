"use client";

import { UserRound } from "lucide-react";
import { type FormEvent, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { FormFooter } from "@/components/ui/form-footer";
import { type Pick, Picker } from "@/components/ui/picker";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { usePeopleFound } from "../queries";
import { messages } from "./messages";
import { useLink, useRefuse, useWaiting, type Waiting } from "./queries";

type Act = { kind: "link" | "refuse"; one: Waiting };

export function WaitingList() {
  const t = useMessages(messages);
  const { ago } = useFormats();
  const query = useWaiting();
  const refuse = useRefuse();
  const [act, setAct] = useState<Act | null>(null);
  const nameOf = (one: Waiting) => one.name || one.email || t("noName");
  return (
    <>
      <Listing query={query} empty={<p className="text-muted">{t("nobodyWaits")}</p>}>
        <ul className="divide-y divide-line border-line border-y">
          {query.items.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
              <div className="min-w-48 flex-1">
                <p className="break-words font-medium">{nameOf(one)}</p>
                <p className="break-words text-muted text-sm">{one.email}</p>
                <p className="break-words text-muted text-sm">
                  {[t("lastCame", { when: ago(one.last_seen_at) }), one.issuer].join(" · ")}
                </p>
              </div>
              <div className="flex gap-2">
                <Button
                  size="sm"
                  variant="secondary"
                  aria-label={t("linkOf", { name: nameOf(one) })}
                  onClick={() => setAct({ kind: "link", one })}
                >
                  {t("link")}
                </Button>
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t("refuseOf", { name: nameOf(one) })}
                  onClick={() => setAct({ kind: "refuse", one })}
                >
                  {t("refuse")}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      </Listing>
      {act?.kind === "link" && <LinkDialog one={act.one} name={nameOf(act.one)} onClose={() => setAct(null)} />}
      {act?.kind === "refuse" && (
        <ConfirmDialog
          open
          onOpenChange={() => setAct(null)}
          title={t("refuseTitle", { name: nameOf(act.one) })}
          description={t("refuseText")}
          confirm={t("refuse")}
          danger
          onConfirm={async () => {
            await refuse.mutateAsync(act.one.id);
            toast({ title: t("refused", { name: nameOf(act.one) }), tone: "success" });
          }}
        />
      )}
    </>
  );
}

interface LinkDialogProps {
  one: Waiting;
  name: string;
  onClose: () => void;
}

function LinkDialog({ one, name, onClose }: LinkDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const form = useId();
  const link = useLink();
  const [typed, setTyped] = useState(one.email);
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState<Pick | null>(null);
  const [checked, setChecked] = useState(false);
  const search = useDebounced(typed.trim(), 150);
  const query = usePeopleFound(search, open);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (!picked || link.isPending) return;
    try {
      await link.mutateAsync({ id: one.id, user_id: picked.id });
      toast({ title: t("linked", { name, person: picked.name }), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("linkTitle", { name })}
      description={one.email ? t("linkLead", { email: one.email }) : t("linkLeadNoEmail")}
      className="overflow-visible"
      footer={
        <FormFooter form={form} busy={link.isPending} onCancel={onClose}>
          {t("link")}
        </FormFooter>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-3">
        <Picker
          label={t("person")}
          placeholder={t("personHint")}
          typed={typed}
          onType={setTyped}
          onOpen={() => setOpen(true)}
          stale={search !== typed.trim() || query.isPlaceholderData}
          picked={picked}
          onPick={setPicked}
          found={query.data?.items.map(({ id, name, email }): Pick => ({ id, name, detail: email, icon: UserRound }))}
        />
        {picked?.detail && <p className="text-muted text-sm">{picked.detail}</p>}
        {(link.error || (checked && !picked)) && (
          <p role="alert" className="text-danger text-sm">
            {link.error ? say(link.error) : t("choosePerson")}
          </p>
        )}
      </form>
    </Dialog>
  );
}
