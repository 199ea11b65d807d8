"use client";

import { Check, CircleAlert, FolderOpen, LoaderCircle, Pause, Play, RotateCw, X } from "lucide-react";
import { memo, useRef } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Progress } from "@/components/ui/progress";
import { toast } from "@/components/ui/toast";
import { failureInWords } from "@/lib/failures";
import { useLanguage, useMessages } from "@/lib/i18n";
import { canPause, canRetry, isUnsettled, TOO_LARGE, type Upload } from "@/lib/upload/model";
import { cancel, continueWith, goOn, pause, retry } from "@/lib/upload/queue";

import { messages as ofDocuments } from "../documents/messages";
import { stateKey } from "../documents/stages";
import type { KnowledgeDocument } from "../types";
import { messages } from "./messages";
import { isThere } from "./useArrivals";

/** One file; drawn again only when it itself has changed. */
export const UploadRow = memo(function UploadRow({ upload }: { upload: Upload }) {
  const t = useMessages(messages);
  const { id, path, state, sent, stored, problem } = upload;
  const name = path.split("/").pop() ?? path;
  const folder = path.slice(0, -name.length - 1);
  const failed = state === "failed" || stored?.document?.state === "failed";
  const begun = state === "sending" || state === "paused" || state === "left";

  return (
    <li className="flex items-center gap-2 py-2 pr-2 pl-4 text-sm">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={path}>
          {name}
          {folder && <span className="text-muted"> · {folder}</span>}
        </p>
        {begun && (
          <div className="mt-1.5 mb-1">
            <Progress value={sent} label={t("share", { share: Math.round(sent * 100), path })} />
          </div>
        )}
        {state !== "sending" && (
          <p className={failed ? "text-danger text-xs" : "text-muted text-xs"}>
            <Outcome upload={upload} />
          </p>
        )}
      </div>
      {state === "stored" && <StoredMark upload={upload} />}
      {problem?.code === TOO_LARGE && <CircleAlert aria-hidden className="mr-2 size-4 shrink-0 text-danger" />}
      {canPause(upload) && <IconButton label={t("pause", { path })} icon={Pause} onClick={() => pause(id)} />}
      {state === "paused" && <IconButton label={t("goOn", { path })} icon={Play} onClick={() => goOn(id)} />}
      {state === "left" && <ChooseAgain upload={upload} />}
      {canRetry(upload) && <IconButton label={t("retry", { path })} icon={RotateCw} onClick={() => retry(id)} />}
      {isUnsettled(upload) && <IconButton label={t("cancel", { path })} icon={X} onClick={() => cancel(id)} />}
    </li>
  );
});

/** What has become of it, in a line. */
function Outcome({ upload: { state, stored, problem } }: { upload: Upload }) {
  const t = useMessages(messages);
  const tell = useMessages(ofDocuments);
  const say = useProblemText();
  const language = useLanguage((chosen) => chosen.language);
  if (state === "cancelled" || state === "paused" || state === "left") return t(state);
  if (problem?.code === TOO_LARGE) return t("tooLarge");
  if (state === "failed") return say(problem);
  if (!stored) return t("waiting");
  const { document } = stored;
  if (document?.state === "failed") return failureInWords(document.failure_code, document.failure, language);
  const told = stored.outcome === "created" && stored.duplicateOf ? t("duplicate") : t(stored.outcome);
  if (!document || document.state === "ready") return told;
  return `${told} · ${tell(stateKey(document as Pick<KnowledgeDocument, "state" | "stage">))}`;
}

function StoredMark({ upload: { stored } }: { upload: Upload }) {
  if (!isThere(stored?.document))
    return <LoaderCircle aria-hidden className="mr-2 size-4 shrink-0 animate-spin text-accent" />;
  if (stored?.document?.state === "failed")
    return <CircleAlert aria-hidden className="mr-2 size-4 shrink-0 text-danger" />;
  return <Check aria-hidden className="mr-2 size-4 shrink-0 text-success" />;
}

/** The page that began it had the file; this one has to be given it again. */
function ChooseAgain({ upload: { id, path } }: { upload: Upload }) {
  const t = useMessages(messages);
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t("chooseAgain", { path })} icon={FolderOpen} onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file && !continueWith(id, file)) toast({ title: t("otherFile", { path }), tone: "danger" });
          currentTarget.value = "";
        }}
      />
    </>
  );
}
