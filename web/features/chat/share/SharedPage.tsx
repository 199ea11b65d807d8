"use client";

import { useQueryClient } from "@tanstack/react-query";
import { EyeOff, MessageSquarePlus } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { useTitle } from "@/lib/title";

import { AnswerItem } from "../AnswerItem";
import { keys } from "../queries";
import { messages } from "./messages";
import { continueShared, useShared, useSharedMessages } from "./queries";

/** A colleague's conversation, read-only, as far as its reader may read what it rests on. */
export function SharedPage() {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const router = useRouter();
  const client = useQueryClient();
  const sharedId = useSearchParams().get("s") ?? "";
  const shared = useShared(sharedId);
  const list = useSharedMessages(sharedId, shared.isSuccess);
  const [busy, setBusy] = useState(false);
  useTitle(shared.data?.title ?? "");

  const copy = async () => {
    setBusy(true);
    try {
      const conversation = await continueShared(sharedId);
      await client.invalidateQueries({ queryKey: keys.conversations });
      router.push(`/chat/?c=${conversation.id}`);
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
      setBusy(false);
    }
  };

  const found = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-3xl px-4 py-8">
        {(shared.isPending || (shared.isSuccess && list.isPending)) && (
          <div role="status" aria-label={t("loading")} className="space-y-6">
            <Skeleton className="h-9 w-3/5" />
            <Skeleton className="h-28 w-full" />
          </div>
        )}
        {shared.isError && <ErrorState problem={shared.error} onRetry={() => void shared.refetch()} />}
        {list.isError && <ErrorState problem={list.error} onRetry={() => void list.refetch()} />}
        {shared.data && list.data && (
          <>
            <header className="mb-8 flex flex-wrap items-start justify-between gap-4 border-line border-b pb-6">
              <div className="min-w-0 flex-1 basis-64">
                <h1 className="break-words font-semibold text-2xl">{shared.data.title}</h1>
                <p className="mt-1.5 text-muted text-sm">
                  {t("sharedBy", { name: shared.data.owner_name, when: formats.ago(shared.data.created_at) })}
                </p>
                <p className="mt-1 text-muted text-sm">{t("readOnly")}</p>
              </div>
              <Button busy={busy} onClick={() => void copy()}>
                <MessageSquarePlus aria-hidden className="size-4" /> {t("mine")}
              </Button>
            </header>
            {found.length === 0 && <EmptyState icon={EyeOff} title={t("empty")} />}
            <ol className="space-y-6">
              {found.map((message) => (
                <li key={message.position}>
                  <SharedItem message={message} />
                </li>
              ))}
            </ol>
            <MoreButton of={list} variant="ghost" className="mt-6" />
          </>
        )}
      </div>
    </div>
  );
}

function SharedItem({ message }: { message: Schemas["SharedMessage"] }) {
  const t = useMessages(messages);
  if (message.role === "user") {
    return (
      <h2 className="ms-auto w-fit max-w-[85%] whitespace-pre-wrap break-words rounded-2xl bg-sunken px-4 py-2.5">
        {message.text}
      </h2>
    );
  }
  if (message.withheld) {
    return (
      <p className="flex items-start gap-2.5 rounded-lg bg-sunken px-4 py-3 text-muted">
        <EyeOff aria-hidden className="mt-1 size-4 shrink-0" /> {t("withheld")}
      </p>
    );
  }
  return (
    <AnswerItem
      text={message.text}
      citations={message.citations}
      webCitations={message.web_citations}
      kind={null}
      state="succeeded"
    />
  );
}
