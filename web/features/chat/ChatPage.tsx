"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, Library, MessageCircleQuestion } from "lucide-react";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useMemo, useRef, useState } from "react";

import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { IconButton } from "@/components/ui/icon-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { AgentChip } from "./agents/AgentChip";
import { AgentLine, AgentMissing } from "./agents/AgentLine";
import { Greeting } from "./agents/Greeting";
import { useNamedAgent } from "./agents/queries";
import { forgetBegun } from "./attachments/begun";
import { DropZone } from "./attachments/DropZone";
import { allSent } from "./attachments/sending";
import { Tray } from "./attachments/Tray";
import { attachedTo, unsentFiles } from "./attachments/unsent";
import { useAttach } from "./attachments/useAttach";
import { Composer } from "./Composer";
import { TemporaryBanner, TemporarySwitch } from "./keeping/Temporary";
import { MessageList } from "./MessageList";
import { messages } from "./messages";
import { QuotationBanner } from "./QuotationBanner";
import { ask, stopRun, useConversation, useConversations, useKnowledgeBases, useMessageList } from "./queries";
import { ResearchSwitch } from "./research/ResearchSwitch";
import { usePlanning } from "./research/usePlanning";
import { useRuns } from "./runs";
import { ScopeChips } from "./ScopeChips";
import type { Message } from "./types";
import { useReattach } from "./useReattach";
import { useScope } from "./useScope";
import { useStick } from "./useStick";

/** A conversation, or the beginning of one: `?c=` says which, and `?agent=` who answers a new one. */
export function ChatPage() {
  const t = useMessages(messages);
  const say = useProblemText();
  const client = useQueryClient();
  const router = useRouter();
  const params = useSearchParams();
  const conversationId = params.get("c");
  const conversations = useConversations();
  const listed = conversations.data?.pages.flatMap((page) => page.items).find((one) => one.id === conversationId);
  const unlisted = useConversation(conversationId, conversations.isSuccess && !listed);
  const conversation = listed ?? unlisted.data;
  const [temporary, setTemporary] = useState(false);
  useTitle(conversation?.title ?? t("chat"));

  const list = useMessageList(conversationId);
  const knowledgeBases = useKnowledgeBases();
  const agentId = conversationId === null ? params.get("agent") : null;
  const { agent, isMissing } = useNamedAgent(agentId);
  const shelves = agent?.knowledge_bases
    ? knowledgeBases.data?.filter((one) => agent.knowledge_bases?.some(({ id }) => id === one.id))
    : knowledgeBases.data;
  const [scope, setScope] = useScope(conversationId);
  const runs = useRuns((state) => state.live);
  const live = useMemo(
    () => Object.values(runs).filter((run) => run.conversationId === conversationId),
    [runs, conversationId],
  );
  const running = live.find((run) => run.state === "running");
  useReattach(list.data, conversationId);
  const box = useRef<HTMLDivElement>(null);
  const { away, toEnd } = useStick(box);
  const [asking, setAsking] = useState(0);
  const attaching = useAttach(conversationId, list.data);
  const [onlyIn, setOnlyIn] = useState<string | null>(null);
  const filesOnly = attaching.files.length > 0 && onlyIn === attaching.conversationId;
  const [isResearch, setResearch] = useState(false);
  const mayResearch = !agentId && !conversation?.agent_id && attaching.files.length === 0;
  const { planning, plan } = usePlanning();

  const send = async (text: string, edited?: Message): Promise<boolean> => {
    setAsking((count) => count + 1);
    try {
      // One that was chosen once and may no longer be asked would have the question refused.
      const known = scope.filter((id) => shelves?.some((one) => one.id === id) ?? true);
      const place = attaching.conversationId;
      if (place) await allSent(place);
      const run =
        isResearch && mayResearch && !edited
          ? await plan({ text, conversationId: place, knowledgeBases: known, temporary: temporary && !conversationId })
          : await ask(client, {
              text,
              conversationId: place,
              editedId: edited?.id,
              knowledgeBases: known,
              agentId: isMissing ? null : agentId,
              attachments: edited ? attachedTo(edited) : unsentFiles(client, place, list.data),
              attachmentsOnly: filesOnly,
              temporary: temporary && conversationId === null,
            });
      setResearch(false);
      if (run.conversation_id !== conversationId) {
        setScope(scope, run.conversation_id);
        setTemporary(false);
        forgetBegun();
        router.push(`/chat/?c=${run.conversation_id}`);
      }
      requestAnimationFrame(toEnd);
      return true;
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "AbortError"))
        toast({ title: t("notSent"), description: say(problem), tone: "danger" });
      return false;
    } finally {
      setAsking((count) => count - 1);
    }
  };

  const stop = () => {
    planning?.stop.abort();
    if (running) stopRun(running.id).catch((problem) => toast({ title: say(problem), tone: "danger" }));
  };

  const nothingToAsk = knowledgeBases.data?.length === 0;
  return (
    <DropZone className="relative flex h-full min-h-0 flex-col" onFiles={(files) => void attaching.attach(files)}>
      <h1 className="sr-only">{conversation?.title ?? t("newChat")}</h1>
      <div ref={box} className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-3xl px-4 py-6">
          <QuotationBanner />
          {conversationId === null &&
            !planning &&
            (nothingToAsk ? (
              <EmptyState
                icon={Library}
                title={t("nothingToAsk")}
                description={t("nothingToAskHint")}
                action={
                  <Link href="/knowledge/" className={buttonClass()}>
                    {t("toKnowledge")}
                  </Link>
                }
              />
            ) : (
              <>
                {isMissing && <AgentMissing />}
                {agent ? (
                  <Greeting agent={agent} onAsk={(question) => void send(question)} />
                ) : (
                  <EmptyState icon={MessageCircleQuestion} title={t("greeting")} description={t("greetingHint")} />
                )}
                <TemporarySwitch on={temporary} onChange={setTemporary} />
              </>
            ))}
          {conversationId !== null && conversation && <AgentLine conversation={conversation} />}
          {conversationId !== null && conversation?.temporary && <TemporaryBanner conversationId={conversationId} />}
          {conversationId !== null && list.isPending && <Loading label={t("loading")} />}
          {conversationId !== null && list.isError && (
            <ErrorState problem={list.error} onRetry={() => void list.refetch()} />
          )}
          {conversationId !== null && list.data && (
            <MessageList
              key={conversationId}
              conversationId={conversationId}
              messages={list.data}
              live={live}
              wanted={params.get("m")}
              onEdit={(question, text) => send(text, question)}
              onAsk={(question) => void send(question)}
            />
          )}
          {planning && (
            <div className="mt-6 space-y-3">
              <p className="ms-auto w-fit max-w-[85%] whitespace-pre-wrap rounded-2xl bg-sunken px-4 py-2.5">
                {planning.text}
              </p>
              <p role="status" className="flex items-center gap-2 text-muted text-sm">
                <Spinner /> {t("planning")}
              </p>
            </div>
          )}
        </div>
      </div>
      {away && (
        <IconButton
          label={t("toEnd")}
          icon={ArrowDown}
          variant="secondary"
          className="absolute bottom-32 left-1/2 -translate-x-1/2 rounded-full shadow-float"
          onClick={toEnd}
        />
      )}
      <div className="mx-auto w-full max-w-3xl shrink-0 px-4 pb-4">
        <Composer
          draftKey={conversationId ?? "new"}
          isRunning={running !== undefined || asking > 0}
          onSend={send}
          onStop={stop}
          onFiles={(files) => void attaching.attach(files)}
          files={<Tray attaching={attaching} onRemoved={() => document.getElementById("composer")?.focus()} />}
          chips={
            <>
              {conversationId === null && (
                <AgentChip
                  chosen={agent}
                  onChoose={(id) => router.replace(id ? `/chat/?agent=${id}` : "/chat/", { scroll: false })}
                />
              )}
              {shelves && shelves.length > 0 && (
                <ScopeChips
                  knowledgeBases={shelves}
                  chosen={scope}
                  onChoose={(ids) => setScope(ids)}
                  filesOnly={attaching.files.length > 0 ? filesOnly : null}
                  onFilesOnly={(only) => setOnlyIn(only ? attaching.conversationId : null)}
                />
              )}
              {mayResearch && <ResearchSwitch on={isResearch} onChange={setResearch} />}
            </>
          }
        />
      </div>
    </DropZone>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-6">
      <Skeleton className="ms-auto h-11 w-2/5 rounded-2xl" />
      <Skeleton className="h-28 w-full" />
    </div>
  );
}
