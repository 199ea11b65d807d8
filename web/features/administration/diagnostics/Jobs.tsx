"use client";

import Link from "next/link";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing, Part } from "../Listing";
import { messages } from "./messages";
import { type Job, type JobState, useCancel, useJobs, useRetry } from "./queries";

const STATES: readonly JobState[] = ["failed", "queued", "running", "succeeded", "cancelled"];
const TONES = {
  failed: "danger",
  queued: "neutral",
  running: "accent",
  succeeded: "success",
  cancelled: "neutral",
} as const;

/** Jobs, the newest first: what failed can be tried again, what waits can be left. */
export function Jobs() {
  const t = useMessages(messages);
  const [state, setState] = useState<JobState | "">("failed");
  const query = useJobs(state);
  return (
    <Part title={t("jobs")} lead={t("jobsLead")}>
      <Field label={t("show")} className="max-w-60">
        <Select value={state} onChange={(event) => setState(event.target.value as JobState | "")}>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(one)}
            </option>
          ))}
          <option value="">{t("all")}</option>
        </Select>
      </Field>
      <Listing query={query} empty={<p className="text-muted text-sm">{t("noJobs")}</p>}>
        <ul aria-label={t("jobs")} className="divide-y divide-line">
          {query.items.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </ul>
      </Listing>
    </Part>
  );
}

function Row({ job }: { job: Job }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const formats = useFormats();
  const retry = useRetry();
  const cancel = useCancel();
  const when = formats.moment(job.finished_at ?? job.started_at ?? job.created_at);

  const act = (change: typeof retry, done: string) =>
    change
      .mutateAsync(job.id)
      .then(() => toast({ title: done, tone: "success" }))
      .catch((problem) => toast({ title: say(problem), tone: "danger" }));

  const document = job.subject.document_id;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-mono text-sm [overflow-wrap:anywhere]">{job.kind}</span>
          <Badge tone={TONES[job.state]}>{t(job.state)}</Badge>
        </p>
        <p className="text-muted text-sm">
          {[when, job.attempts > 0 && t("attempts", { count: job.attempts })].filter(Boolean).join(" · ")}
          {document && (
            <>
              {" · "}
              <Link href={`/knowledge/document/?id=${document}`} className="underline">
                {t("document")}
              </Link>
            </>
          )}
        </p>
        {job.error && (
          <p lang="en" className="text-sm [overflow-wrap:anywhere]">
            {job.error}
          </p>
        )}
      </div>
      {job.retryable && (
        <Button
          size="sm"
          variant="secondary"
          busy={retry.isPending}
          aria-label={t("retryOne", { kind: job.kind, when })}
          onClick={() => void act(retry, t("retried"))}
        >
          {t("retry")}
        </Button>
      )}
      {job.cancellable && (
        <Button
          size="sm"
          variant="ghost"
          busy={cancel.isPending}
          aria-label={t("cancelOne", { kind: job.kind, when })}
          onClick={() => void act(cancel, t("wasCancelled"))}
        >
          {t("cancel")}
        </Button>
      )}
    </li>
  );
}
