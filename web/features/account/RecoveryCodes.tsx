"use client";

import { Download } from "lucide-react";

import { Button, buttonClass } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";

import { CopyButton } from "./CopyButton";
import { stepMessages } from "./step-messages";

/** Shown once: copied, saved as a file, or written down. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useMessages(stepMessages);
  const text = `${codes.join("\n")}\n`;
  return (
    <div className="grid gap-4">
      <div>
        <h3 className="font-semibold">{t("codesTitle")}</h3>
        <p className="text-pretty text-muted text-sm">{t("codesLead")}</p>
      </div>
      <ul className="grid gap-x-4 gap-y-1 rounded-lg bg-sunken p-3 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} />
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="nexus-recovery-codes.txt"
          className={buttonClass("secondary", "md")}
        >
          <Download aria-hidden className="size-4" />
          {t("download")}
        </a>
      </div>
      <Button onClick={onDone} ref={(element) => element?.focus()}>
        {t("codesSaved")}
      </Button>
    </div>
  );
}
