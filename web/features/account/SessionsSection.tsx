"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { api, type Schemas, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { deviceOf } from "./device";
import { Section } from "./Section";
import { stepMessages } from "./step-messages";

type LoginSession = Schemas["LoginSessionView"];

const KEY = ["me", "sessions"] as const;

/** Where one is signed in, and the way to end it. */
export function SessionsSection() {
  const t = useMessages(stepMessages);
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const query = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/api/me/sessions", { params: { query: { cursor: pageParam, limit: 20 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const sessions = query.data?.pages.flatMap((page) => page.items) ?? [];
  const others = sessions.filter((one) => !one.current).length;

  async function endOthers() {
    await unwrap(api.DELETE("/api/me/sessions"));
    toast({ title: t("ended", { count: 2 }), tone: "success" });
    await queries.invalidateQueries({ queryKey: KEY });
  }

  return (
    <Section title={t("sessions")} hint={t("sessionsHint")}>
      {query.isPending && <Skeleton className="h-16" />}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {sessions.length > 0 && (
        <ul className="-my-2 divide-y divide-line" aria-label={t("sessions")}>
          {sessions.map((one) => (
            <SessionRow key={one.id} session={one} />
          ))}
        </ul>
      )}
      {(others > 0 || query.hasNextPage) && (
        <div className="flex flex-wrap gap-2">
          <MoreButton of={query} />
          <Button variant="secondary" onClick={() => setAsking(true)}>
            {t("endOthers")}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("endOthersTitle")}
        description={t("endOthersLead")}
        confirm={t("endOthers")}
        onConfirm={endOthers}
      />
    </Section>
  );
}

function SessionRow({ session }: { session: LoginSession }) {
  const t = useMessages(stepMessages);
  const say = useProblemText();
  const { ago, moment } = useFormats();
  const queries = useQueryClient();
  const { browser, system } = deviceOf(session.user_agent);
  const device = browser && system ? t("browserOn", { browser, system }) : browser || system || t("unknownDevice");
  const end = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/me/sessions/{session_id}", { params: { path: { session_id: session.id } } })),
    onSuccess: () => toast({ title: t("ended", { count: 1 }), tone: "success" }),
    onError: (problem) => toast({ title: say(problem), tone: "danger" }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-40">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{device}</span>
          {session.current && <Badge tone="accent">{t("thisOne")}</Badge>}
        </p>
        <p className="break-words text-muted text-sm">
          {session.ip && <span className="font-mono">{session.ip}</span>}
          {session.ip && " · "}
          <time dateTime={session.last_used_at} title={moment(session.last_used_at)}>
            {t("lastUsed", { when: ago(session.last_used_at) })}
          </time>
          {" · "}
          <time dateTime={session.created_at} title={moment(session.created_at)}>
            {t("signedInAt", { when: ago(session.created_at) })}
          </time>
        </p>
      </div>
      {!session.current && (
        <Button
          variant="secondary"
          size="sm"
          busy={end.isPending}
          aria-label={t("endOf", { device })}
          onClick={() => end.mutate()}
        >
          {t("end")}
        </Button>
      )}
    </li>
  );
}
