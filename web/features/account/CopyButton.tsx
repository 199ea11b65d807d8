"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { stepMessages } from "./step-messages";

export function CopyButton({ text }: { text: string }) {
  const t = useMessages(stepMessages);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      label={t(copied ? "copied" : "copy")}
      icon={copied ? Check : Copy}
      variant="secondary"
      onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
    />
  );
}
