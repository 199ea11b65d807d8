"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./dialog-messages";
import type { Link } from "./types";

interface LinkDialogProps {
  purpose: "invite" | "reset";
  name: string;
  link: Link;
  onClose: () => void;
}

/** A one-time link to hand on: shown this once. */
export function LinkDialog({ purpose, name, link, onClose }: LinkDialogProps) {
  const t = useMessages(messages);
  const { moment } = useFormats();
  const [copied, setCopied] = useState(false);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(purpose === "invite" ? "linkInvite" : "linkReset", { name })}
      description={t("linkLead", { when: moment(link.expires_at) })}
      footer={
        <>
          <Button
            variant="secondary"
            onClick={() => void navigator.clipboard?.writeText(link.url).then(() => setCopied(true))}
          >
            {copied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
            <span role="status">{t(copied ? "copied" : "copy")}</span>
          </Button>
          <Button onClick={onClose}>{t("close")}</Button>
        </>
      }
    >
      {typeof link.mailed === "boolean" && (
        <p role="status" className={link.mailed ? "mb-3 text-sm" : "mb-3 text-sm text-warning"}>
          {t(link.mailed ? "mailed" : "notMailed")}
        </p>
      )}
      <Field label={t("linkLabel")}>
        <Input readOnly value={link.url} className="font-mono text-sm" onFocus={(event) => event.target.select()} />
      </Field>
    </Dialog>
  );
}
