"use client";

import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { useMessages } from "@/lib/i18n";

import { Field } from "./field";
import { IconButton } from "./icon-button";
import { Input } from "./input";
import { messages } from "./messages";

interface CopyFieldProps {
  label: string;
  hint?: ReactNode;
  value: string;
}

/** Something to be taken elsewhere: an address, a link, a secret. */
export function CopyField({ label, hint, value }: CopyFieldProps) {
  const t = useMessages(messages);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-2">
      <Field label={label} hint={hint}>
        <Input readOnly value={value} className="font-mono text-sm" onFocus={(event) => event.target.select()} />
      </Field>
      <IconButton
        label={t("copy", { what: label })}
        icon={copied ? Check : Copy}
        variant="secondary"
        className="mt-[1.625rem] size-10"
        onClick={() => void navigator.clipboard?.writeText(value).then(() => setCopied(true))}
      />
      <span role="status" className="sr-only">
        {copied ? t("copied") : ""}
      </span>
    </div>
  );
}
