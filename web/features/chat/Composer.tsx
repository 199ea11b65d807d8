"use client";

import { ArrowUp, Square } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useMessages } from "@/lib/i18n";

import { AttachButton } from "./attachments/AttachButton";
import { messages } from "./messages";

interface ComposerProps {
  /** Whose draft it is: a conversation's id, or "new". */
  draftKey: string;
  isRunning: boolean;
  onSend: (text: string) => Promise<boolean>;
  onStop: () => void;
  chips?: ReactNode;
  /** What goes with the question, above it, and whatever adds to it. */
  files?: ReactNode;
  onFiles: (files: File[]) => void;
}

const TALLEST = 240;

/** Where questions are typed. What stands in it survives a reload, another page, and a question that was not sent. */
export function Composer({ draftKey, isRunning, onSend, onStop, chips, files, onFiles }: ComposerProps) {
  const t = useMessages(messages);
  const stored = `nexus-draft-${draftKey}`;
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const shown = useRef(stored);

  useEffect(() => {
    shown.current = stored;
    setText(sessionStorage.getItem(stored) ?? "");
    field.current?.focus({ preventScroll: true });
  }, [stored]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows what is in it
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
  }, [text]);

  const write = (value: string) => {
    setText(value);
    if (value) sessionStorage.setItem(stored, value);
    else sessionStorage.removeItem(stored);
  };

  const send = async () => {
    const question = text.trim();
    if (!question || busy || isRunning) return;
    setBusy(true);
    setText("");
    // Kept until it has been asked: a reload in between must not lose it, nor what is typed meanwhile.
    const sent = await onSend(question);
    const since = sessionStorage.getItem(stored);
    if (sent) {
      if (since?.trim() === question) sessionStorage.removeItem(stored);
    } else {
      const kept = since && since.trim() !== question ? `${question}\n${since}` : question;
      sessionStorage.setItem(stored, kept);
      if (shown.current === stored) setText(kept);
    }
    setBusy(false);
    field.current?.focus();
  };

  const stop = () => {
    onStop();
    // The button goes away, and the focus must not go with it.
    field.current?.focus();
  };

  return (
    <form
      className="rounded-2xl border border-line bg-raised p-2 shadow-float focus-within:border-line-strong"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {files}
      <label htmlFor="composer" className="sr-only">
        {t("composer")}
      </label>
      <textarea
        id="composer"
        ref={field}
        rows={1}
        maxLength={8000}
        value={text}
        placeholder={t("placeholder")}
        className="block max-h-60 w-full resize-none bg-transparent px-2 py-1.5 outline-none placeholder:text-muted"
        onChange={(event) => write(event.target.value)}
        onPaste={(event) => {
          const pasted = [...event.clipboardData.files];
          if (!pasted.length || event.clipboardData.types.includes("text/plain")) return;
          event.preventDefault();
          onFiles(pasted);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <div className="flex items-center justify-between gap-2 pt-1">
        <div className="flex min-w-0 flex-wrap items-center gap-1.5">
          <AttachButton onFiles={onFiles} />
          {chips}
        </div>
        {isRunning ? (
          <IconButton label={t("stop")} icon={Square} variant="primary" onClick={stop} />
        ) : (
          <IconButton
            label={t("send")}
            icon={ArrowUp}
            variant="primary"
            type="submit"
            busy={busy}
            disabled={!text.trim()}
          />
        )}
      </div>
    </form>
  );
}
