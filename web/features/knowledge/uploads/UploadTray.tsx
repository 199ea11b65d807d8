"use client";

import { ChevronDown, ChevronUp, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Progress } from "@/components/ui/progress";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { canRetry } from "@/lib/upload/model";
import { cancelAll, clearDone, retryAll, useUploads } from "@/lib/upload/queue";

import { messages } from "./messages";
import { summarise, worthShowing } from "./summary";
import { UploadRow } from "./UploadRow";
import { isThere, useArrivals } from "./useArrivals";

const MOST = 60;

/** On a telephone the files would cover the page. */
const ROOMY = "(min-width: 640px)";

/** How far the uploads are, wherever one is in the app. */
export function UploadTray() {
  const t = useMessages(messages);
  const formats = useFormats();
  const uploads = useUploads((queue) => queue.uploads);
  const [chosen, setChosen] = useState<boolean | null>(null);
  const box = useRef<HTMLElement>(null);
  const { all, open, stored, unsent, resting, share } = summarise(uploads);
  const coming = uploads.some((upload) => !isThere(upload.stored?.document));
  const rested = useRest(open + unsent + resting === 0 && !coming, box);
  useArrivals(uploads);
  const expanded = chosen ?? (matchMedia(ROOMY).matches && !rested);
  const shown = expanded ? worthShowing(uploads, MOST) : [];
  const retryable = uploads.some(canRetry);
  const sent = open
    ? t("sending", { done: formats.number(stored), all: formats.number(all - unsent - resting) })
    : t("allSent", { count: stored });
  const text = resting > 0 && open + stored === 0 ? t("resting", { count: resting }) : sent;

  return (
    <section
      ref={box}
      aria-label={t("title")}
      className="fixed right-4 bottom-4 z-40 w-[calc(100vw-2rem)] max-w-sm transition-[bottom] [body:has([popover]_ol[aria-live]_li)_&]:bottom-24 overflow-hidden rounded-xl border border-line bg-raised shadow-float"
    >
      <header className="flex items-center gap-1 py-2 pr-2 pl-4">
        <div className="mr-auto min-w-0">
          <h2 className="font-semibold text-sm">{t("title")}</h2>
          <p className="text-muted text-xs">
            {text}
            {unsent > 0 && <span className="text-danger"> · {t("withFailures", { count: unsent })}</span>}
          </p>
        </div>
        <IconButton
          label={expanded ? t("collapse") : t("expand")}
          aria-expanded={expanded}
          icon={expanded ? ChevronDown : ChevronUp}
          onClick={() => setChosen(!expanded)}
        />
        {open === 0 && !uploads.some((upload) => upload.state === "paused") && (
          <IconButton label={t("close")} icon={X} onClick={clearDone} />
        )}
      </header>
      {open > 0 && <Progress value={share} label={text} className="rounded-none" />}
      {expanded && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus */}
          <ul aria-label={t("files")} tabIndex={0} className="max-h-64 divide-y divide-line overflow-y-auto">
            {shown.map((upload) => (
              <UploadRow key={upload.id} upload={upload} />
            ))}
            {all > shown.length && (
              <li className="px-4 py-2 text-muted text-xs">{t("andMore", { count: all - shown.length })}</li>
            )}
          </ul>
          {(open > 0 || retryable) && (
            <footer className="flex justify-end gap-2 border-line border-t px-3 py-2">
              {retryable && (
                <Button size="sm" variant="secondary" onClick={retryAll}>
                  {t("retryAll")}
                </Button>
              )}
              {open > 0 && (
                <Button size="sm" variant="secondary" onClick={cancelAll}>
                  {t("cancelAll")}
                </Button>
              )}
            </footer>
          )}
        </>
      )}
      <span role="status" className="sr-only">
        {open === 0 ? `${text}. ${unsent > 0 ? t("withFailures", { count: unsent }) : ""}` : ""}
      </span>
    </section>
  );
}

/** True some seconds after everything went well, unless somebody is looking just then. */
function useRest(done: boolean, box: RefObject<HTMLElement | null>): boolean {
  const [rested, setRested] = useState(false);
  useEffect(() => {
    if (!done) {
      setRested(false);
      return;
    }
    const timer = setInterval(() => {
      if (!box.current?.matches(":hover, :focus-within")) setRested(true);
    }, 6_000);
    return () => clearInterval(timer);
  }, [done, box]);
  return rested;
}
