"use client";

import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";

interface CodeBlockProps {
  code: string;
  language: string;
  /** While it is still being written it is not coloured: the colours would jump. */
  isGrowing: boolean;
}

export function CodeBlock({ code, language, isGrowing }: CodeBlockProps) {
  const t = useMessages(messages);
  const [coloured, setColoured] = useState<ReactNode>(null);
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (isGrowing || !language) return;
    let wanted = true;
    void import("./highlight").then(({ highlight }) => {
      if (wanted) setColoured(highlight(code, language));
    });
    return () => {
      wanted = false;
    };
  }, [code, language, isGrowing]);

  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };

  return (
    <div className="my-3 overflow-hidden rounded-lg border border-line bg-sunken">
      <div className="flex h-9 items-center justify-between border-line border-b ps-3 pe-1 text-muted text-xs">
        <span>{language || t("code")}</span>
        <IconButton
          label={copied ? t("copied") : t("copyCode")}
          icon={copied ? Check : Copy}
          className="size-7"
          onClick={copy}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className="overflow-x-auto p-3 font-mono text-[0.8125rem] leading-6" tabIndex={0}>
        <code>{coloured ?? code}</code>
      </pre>
    </div>
  );
}
