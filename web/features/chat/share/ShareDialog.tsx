"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Link2Off } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";
import { createShare, endShare, type Share, shareKey, useShares } from "./queries";

const DAY = 86_400_000;
const TERMS = { never: null, day: DAY, week: 7 * DAY, month: 30 * DAY } as const;

interface ShareDialogProps {
  conversationId: string;
  title: string;
  onClose: () => void;
}

/** Makes links that colleagues can read a conversation by, and ends them. */
export function ShareDialog({ conversationId, title, onClose }: ShareDialogProps) {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const shares = useShares(conversationId);
  const [term, setTerm] = useState<keyof typeof TERMS>("week");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error);
    }
    await client.invalidateQueries({ queryKey: shareKey(conversationId) });
    setBusy(false);
  };
  const make = () => {
    const length = TERMS[term];
    const expiresAt = length === null ? null : new Date(Date.now() + length).toISOString();
    return attempt(() => createShare(conversationId, expiresAt));
  };
  const end = (share: Share) =>
    attempt(async () => {
      await endShare(share.id);
      toast({ title: t("ended"), tone: "success" });
    });

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("share", { title })}
      description={t("shareHint")}
      footer={
        <Button variant="secondary" onClick={onClose}>
          {t("close")}
        </Button>
      }
    >
      <div className="grid gap-5">
        <div className="flex flex-wrap items-end gap-3">
          <Field label={t("until")} className="min-w-44 flex-1">
            <Select value={term} onChange={(event) => setTerm(event.target.value as keyof typeof TERMS)}>
              {(Object.keys(TERMS) as (keyof typeof TERMS)[]).map((key) => (
                <option key={key} value={key}>
                  {t(key)}
                </option>
              ))}
            </Select>
          </Field>
          <Button busy={busy} onClick={() => void make()}>
            {t("make")}
          </Button>
        </div>
        {problem !== null && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
        {shares.isError && <ErrorState problem={shares.error} onRetry={() => void shares.refetch()} className="py-2" />}
        {shares.data && shares.data.length > 0 && (
          <ul aria-label={t("standing")} className="grid gap-4">
            {shares.data.map((share) => (
              <ShareLink key={share.id} share={share} onEnd={() => void end(share)} />
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

function ShareLink({ share, onEnd }: { share: Share; onEnd: () => void }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const isOver = share.expires_at !== null && new Date(share.expires_at) <= new Date();
  const when = [
    t("made", { when: formats.ago(share.created_at) }),
    share.expires_at && (isOver ? t("over") : t("ends", { when: formats.date(share.expires_at) })),
  ];
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-1">
      <CopyField
        label={t("link")}
        hint={when.filter(Boolean).join(" · ")}
        value={`${window.location.origin}/shared/?s=${share.id}`}
      />
      <IconButton label={t("end")} icon={Link2Off} onClick={onEnd} className="mt-7" />
    </li>
  );
}
