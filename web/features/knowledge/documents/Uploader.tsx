"use client";

import { FolderUp, Upload } from "lucide-react";
import { useRef } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { send } from "@/lib/upload/queue";

import { type Gathered, gatherChosen, gatherDropped } from "../folders";
import { useCapabilities } from "../queries";
import type { KnowledgeBase } from "../types";
import { messages } from "./messages";
import { useDropping } from "./useDropping";

/** Files and folders by button, or dropped anywhere on the page. */
export function Uploader({ knowledgeBase }: { knowledgeBase: KnowledgeBase }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const capabilities = useCapabilities();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  function take({ files: gathered, skipped }: Gathered) {
    const left = skipped > 0 ? t("skipped", { count: skipped }) : undefined;
    if (gathered.length === 0) toast({ title: t("nothingDropped"), description: left });
    else if (left) toast({ title: left });
    // Not knowing the limit yet, the server says what is too large.
    const limit = capabilities.data?.max_upload_bytes ?? Number.POSITIVE_INFINITY;
    if (gathered.length > 0) send(gathered, { knowledgeBaseId: knowledgeBase.id, limit });
  }

  const over = useDropping(true, (transfer) => {
    gatherDropped(transfer).then(take, (problem: unknown) =>
      toast({ title: t("unreadable"), description: say(problem), tone: "danger" }),
    );
  });

  function chosen(input: HTMLInputElement) {
    take(gatherChosen(Array.from(input.files ?? [])));
    // So that choosing the same file again is heard.
    input.value = "";
  }

  return (
    <div className="flex w-full flex-wrap gap-2 @2xl:w-auto">
      <Button className="flex-1 px-3 @2xl:px-4" onClick={() => files.current?.click()}>
        <Upload aria-hidden className="size-4" />
        {t("uploadFiles")}
      </Button>
      <Button variant="secondary" className="flex-1 px-3 @2xl:px-4" onClick={() => folder.current?.click()}>
        <FolderUp aria-hidden className="size-4" />
        {t("uploadFolder")}
      </Button>
      <input ref={files} type="file" multiple hidden onChange={(event) => chosen(event.currentTarget)} />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        hidden
        onChange={(event) => chosen(event.currentTarget)}
      />
      {over && (
        <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-ground/80 p-6 backdrop-blur-sm">
          <div className="flex max-w-md flex-col items-center gap-2 rounded-2xl border-2 border-accent border-dashed bg-raised px-10 py-12 text-center shadow-float">
            <Upload aria-hidden className="mb-2 size-8 text-accent" />
            <p className="font-semibold text-lg [overflow-wrap:anywhere]">
              {t("dropHere", { name: knowledgeBase.name })}
            </p>
            <p className="text-muted">{t("dropHint")}</p>
          </div>
        </div>
      )}
    </div>
  );
}
