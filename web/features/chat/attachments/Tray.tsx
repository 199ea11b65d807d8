"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { failureInWords } from "@/lib/failures";
import { type Translate, useLanguage, useMessages } from "@/lib/i18n";
import { openPanel } from "@/lib/panel";

import { FileChip } from "./FileChip";
import { messages } from "./messages";
import { type AttachedFile, isOnTheWay, readAgain, removeFile } from "./queries";
import { forget, type Sending, sendAgain, TOO_LARGE } from "./sending";
import type { Attaching } from "./useAttach";

type T = Translate<keyof typeof messages.en>;

/** The files that go with the next question, above where it is typed. Says aloud when one is ready. */
export function Tray({ attaching, onRemoved }: { attaching: Attaching; onRemoved: () => void }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const language = useLanguage((chosen) => chosen.language);
  const client = useQueryClient();
  const { conversationId, files, unsent, sendings, onArrived } = attaching;
  const news = useNews(files, t);
  const id = conversationId ?? "";

  const attempt = (work: Promise<void>, failed: string) =>
    work.catch((problem) => toast({ title: failed, description: say(problem), tone: "danger" }));
  const remove = (file: AttachedFile) => {
    void attempt(removeFile(client, id, file.id), t("notRemoved"));
    // The button goes away, and the focus must not go with it.
    onRemoved();
  };
  return (
    <>
      {(unsent.length > 0 || sendings.length > 0) && (
        <ul aria-label={t("files")} className="flex max-h-44 flex-wrap gap-2 overflow-y-auto px-1 pt-1 pb-2">
          {unsent.map((file) => (
            <li key={file.id} className="min-w-0 max-w-full">
              <FileChip
                name={file.name}
                state={describe(file, t, failureInWords(file.failure_code, file.failure, language))}
                isFailed={file.state === "failed"}
                isBusy={isOnTheWay(file)}
                onOpen={
                  file.active_version_id ? () => openPanel([{ documentId: file.id, name: file.name }]) : undefined
                }
                onRetry={
                  file.state === "failed"
                    ? () => void attempt(readAgain(client, id, file.id), t("notAttached"))
                    : undefined
                }
                onRemove={() => remove(file)}
              />
            </li>
          ))}
          {sendings.map((sending) => (
            <li key={sending.id} className="min-w-0 max-w-full">
              <FileChip
                name={sending.name}
                state={progress(sending, t, say)}
                isFailed={sending.problem !== null}
                isBusy={sending.problem === null}
                sent={sending.problem ? undefined : sending.sent}
                onRetry={
                  sending.problem && sending.problem.code !== TOO_LARGE
                    ? () => sendAgain(client, sending, onArrived)
                    : undefined
                }
                onRemove={() => {
                  forget(sending.id);
                  onRemoved();
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">
        {news}
      </p>
    </>
  );
}

function describe(file: AttachedFile, t: T, reason: string): string {
  if (file.state === "failed") return t("notRead", { reason });
  if (file.state === "ready") return t("ready");
  return t(
    file.stage === "embed" ? "embed" : file.stage === "parse" || file.stage === "recognise" ? "parse" : "queued",
  );
}

function progress(sending: Sending, t: T, say: (problem: unknown) => string): string {
  if (sending.problem?.code === TOO_LARGE) return t("tooLarge");
  if (sending.problem) return t("notSent", { reason: say(sending.problem) });
  return t("sending", { share: Math.round(sending.sent * 100) });
}

/** What has just become of a file that was being read. */
function useNews(files: readonly AttachedFile[], t: T): string {
  const language = useLanguage((chosen) => chosen.language);
  const before = useRef(new Map<string, boolean>());
  const [news, setNews] = useState("");
  useEffect(() => {
    const done = files.filter((file) => before.current.get(file.id) && !isOnTheWay(file));
    before.current = new Map(files.map((file) => [file.id, isOnTheWay(file)]));
    if (!done.length) return;
    const said = done.map((file) =>
      file.state === "ready"
        ? t("isReady", { name: file.name })
        : t("isFailed", { name: file.name, reason: failureInWords(file.failure_code, file.failure, language) }),
    );
    setNews(said.join(" "));
  }, [files, t, language]);
  return news;
}
