"use client";

import { Check, CircleAlert, RotateCw, X } from "lucide-react";
import { memo } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Progress } from "@/components/ui/progress";
import { useMessages } from "@/lib/i18n";
import { cancel, canRetry, isOpen, retry, TOO_LARGE, type Upload } from "@/lib/upload";

import { messages } from "./messages";

/** One file; drawn again only when it itself has changed. */
export const UploadRow = memo(function UploadRow({ upload }: { upload: Upload }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const { id, path, state, sent, stored, problem } = upload;
  const name = path.split("/").pop() ?? path;
  const folder = path.slice(0, -name.length - 1);

  function outcome(): string {
    if (state === "cancelled") return t("cancelled");
    if (problem?.code === TOO_LARGE) return t("tooLarge");
    if (state === "failed") return say(problem);
    if (!stored) return t("waiting");
    if (stored.outcome === "created" && stored.duplicateOf) return t("duplicate");
    return t(stored.outcome);
  }

  return (
    <li className="flex items-center gap-2 py-2 pr-2 pl-4 text-sm">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={path}>
          {name}
          {folder && <span className="text-muted"> · {folder}</span>}
        </p>
        {state === "sending" ? (
          <div className="mt-1.5 mb-1">
            <Progress value={sent} label={t("share", { share: Math.round(sent * 100), path })} />
          </div>
        ) : (
          <p className={state === "failed" ? "text-danger text-xs" : "text-muted text-xs"}>{outcome()}</p>
        )}
      </div>
      {state === "stored" && <Check aria-hidden className="mr-2 size-4 shrink-0 text-success" />}
      {problem?.code === TOO_LARGE && <CircleAlert aria-hidden className="mr-2 size-4 shrink-0 text-danger" />}
      {canRetry(upload) && <IconButton label={t("retry", { path })} icon={RotateCw} onClick={() => retry(id)} />}
      {isOpen(upload) && <IconButton label={t("cancel", { path })} icon={X} onClick={() => cancel(id)} />}
    </li>
  );
});
