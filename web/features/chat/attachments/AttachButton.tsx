"use client";

import { Paperclip } from "lucide-react";
import { useRef } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** Lets one choose files. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useMessages(messages);
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        label={t("attach")}
        icon={Paperclip}
        className="size-8 rounded-full text-muted"
        onClick={() => field.current?.click()}
      />
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-hidden
        tabIndex={-1}
        data-testid="attach"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file can be chosen again once it was removed.
          event.target.value = "";
        }}
      />
    </>
  );
}
