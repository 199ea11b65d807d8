"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";

import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { AnswerActions } from "./AnswerActions";
import { AnswerItem } from "./AnswerItem";
import { ApprovalCard } from "./ApprovalCard";
import { LeftOut } from "./attachments/LeftOut";
import { Waiting } from "./attachments/Waiting";
import { FollowUps } from "./FollowUps";
import { messages } from "./messages";
import { QuestionItem } from "./QuestionItem";
import { keys, regenerate } from "./queries";
import type { LiveRun, RunState } from "./reducer";
import { useResearch } from "./research/queries";
import { forgetRun } from "./runs";
import { StatusLine } from "./StatusLine";
import { currentStep } from "./steps";
import { branch, type Choices, wayTo } from "./tree";
import type { Citation, Message } from "./types";

const ResearchCard = dynamic(() => import("./research/ResearchCard").then((module) => module.ResearchCard), {
  ssr: false,
});

const NONE: readonly Citation[] = [];
/** Where a search has led is seen for as long as it has the focus. */
const FOUND = "rounded-lg outline-offset-8 focus-visible:outline-2";

interface MessageListProps {
  conversationId: string;
  messages: readonly Message[];
  /** Runs of this conversation that this tab follows. */
  live: readonly LiveRun[];
  /** The id of a message to go to, as a search found it. */
  wanted?: string | null;
  onEdit: (question: Message, text: string) => Promise<boolean>;
  onAsk: (question: string) => void;
}

/** One branch of a conversation: questions, their answers, and the answer that is being given. */
export function MessageList({ conversationId, messages: all, live, wanted = null, onEdit, onAsk }: MessageListProps) {
  const t = useMessages(messages);
  const client = useQueryClient();
  const say = useProblemText();
  const [choices, setChoices] = useState<Choices>(() => wayTo(all, wanted));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is looked for
  useEffect(() => {
    if (!wanted) return;
    setChoices((before) => ({ ...before, ...wayTo(all, wanted) }));
    requestAnimationFrame(() => {
      const item = document.getElementById(`message-${wanted}`);
      item?.scrollIntoView({ block: "center" });
      item?.focus({ preventScroll: true });
    });
  }, [wanted]);
  const isRunning = live.some((run) => run.state === "running");

  const research = useResearch(conversationId);

  const choose = (message: Message) => (id: string) =>
    setChoices((before) => ({ ...before, [message.parent_id ?? ""]: id }));

  const again = async (runId: string, questionId: string) => {
    try {
      for (const run of live) if (run.questionId === questionId && run.state !== "running") forgetRun(run.id);
      await regenerate(client, runId);
      // The newest answer is the one to look at, whatever was chosen before.
      setChoices(({ [questionId]: _, ...rest }) => rest);
      await client.invalidateQueries({ queryKey: keys.messages(conversationId) });
    } catch (problem) {
      toast({ title: t("notSent"), description: say(problem), tone: "danger" });
    }
  };

  const branched = branch(all, choices);
  const last = branched.at(-1)?.message;
  return (
    <ol className="space-y-6">
      {branched.flatMap((shown) => {
        const { message } = shown;
        if (message.role === "user") {
          const run = live.find((one) => one.questionId === message.id && !shownAlready(one, all));
          const open = run ? null : message.open_run;
          const report = research?.get(message.id);
          const answered = report && all.find((one) => one.role === "assistant" && one.run?.id === report.run?.id);
          return [
            <li key={message.id} id={`message-${message.id}`} tabIndex={-1} className={FOUND}>
              <QuestionItem
                conversationId={conversationId}
                shown={shown}
                onChoose={choose(message)}
                onEdit={isRunning ? null : (text) => onEdit(message, text)}
              />
            </li>,
            report && (
              <li key={report.id}>
                <ResearchCard
                  research={report}
                  live={live.find((one) => one.questionId === message.id && one.research !== null)}
                  steps={answered?.steps ?? []}
                />
              </li>
            ),
            // Its key is its run's, as it is once the answer is stored: whoever has the focus in it keeps it.
            run && !(report && run.state === "cancelled" && !run.text) && (
              <li key={run.id} tabIndex={-1} className={FOUND}>
                <AnswerItem
                  text={run.text}
                  citations={run.citations}
                  webCitations={run.webCitations}
                  findings={run.findings}
                  support={run.support}
                  kind={run.kind}
                  state={run.state}
                  failure={run.failure?.detail}
                  onRetry={report ? undefined : () => void again(run.id, message.id)}
                  steps={report ? undefined : run.steps}
                  status={<Status run={run} />}
                />
              </li>
            ),
            open && open.state !== "running" && open.state !== "queued" && !(report && open.state === "cancelled") && (
              <li key={open.id}>
                <AnswerItem
                  text=""
                  citations={[]}
                  kind={null}
                  state={open.state as RunState}
                  failure={open.failure}
                  onRetry={report ? undefined : () => void again(open.id, message.id)}
                />
              </li>
            ),
          ];
        }
        const { run } = message;
        const isReport = run?.mode === "research";
        if (live.some((one) => one.questionId === message.parent_id && one.state === "running")) return [];
        return (
          <li key={run?.id ?? message.id} id={`message-${message.id}`} tabIndex={-1} className={FOUND}>
            <AnswerItem
              text={message.text}
              citations={message.citations ?? NONE}
              webCitations={message.web_citations}
              findings={message.findings}
              support={message.support}
              kind={run?.kind ?? null}
              state={(run?.state ?? "succeeded") as RunState}
              failure={run?.failure}
              steps={isReport ? undefined : message.steps}
              onRetry={run && !isReport ? () => void again(run.id, message.parent_id ?? "") : undefined}
              status={<LeftOut files={message.left_out ?? []} />}
              actions={
                <AnswerActions
                  conversationId={conversationId}
                  shown={shown}
                  onChoose={choose(message)}
                  onRegenerate={
                    run && !isReport && !isRunning ? () => void again(run.id, message.parent_id ?? "") : null
                  }
                />
              }
            />
            {message === last && run?.kind === "generated" && run.state === "succeeded" && !isRunning && (
              <FollowUps runId={run.id} onAsk={onAsk} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Status({ run }: { run: LiveRun }) {
  const step = run.state === "running" ? currentStep(run.steps) : undefined;
  return (
    <>
      {step?.approval === "requested" && <ApprovalCard key={step.id} runId={run.id} step={step} />}
      {run.state === "running" && run.reading.length > 0 ? (
        <Waiting runId={run.id} conversationId={run.conversationId} pending={run.reading} />
      ) : (
        <StatusLine run={run} />
      )}
    </>
  );
}

function shownAlready(run: LiveRun, all: readonly Message[]): boolean {
  return run.messageId !== null && all.some((message) => message.id === run.messageId);
}
