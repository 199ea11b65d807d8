"use client";

import { CircleX } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";

import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useProblemText } from "@/components/ui/problem-text";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { messages } from "./messages";
import { useAskServer, useComplete } from "./queries";
import { placeOf } from "./Servers";
import { recallWay, returned } from "./way";

/** Where a browser comes back to from a sign-in: it is connected, and its tools are asked for. */
export function ConnectedPage() {
  const t = useMessages(messages);
  const say = useProblemText();
  const router = useRouter();
  const { mutateAsync: complete } = useComplete();
  const { mutateAsync: ask } = useAskServer();
  const [problem, setProblem] = useState<unknown>(null);
  const begun = useRef(false);
  useTitle(t("returnedTitle"));

  useEffect(() => {
    // It is good once.
    if (begun.current) return;
    begun.current = true;
    const answer = returned(window.location.search);
    window.history.replaceState(window.history.state, "", window.location.pathname);
    void (async () => {
      try {
        const server = await complete(answer);
        toast({ title: t("isConnected", { name: server.name }), tone: "success" });
        await ask(server.id).catch(() => undefined);
        router.replace(placeOf(server.id));
      } catch (error) {
        setProblem(error);
      }
    })();
  }, [complete, ask, router, t]);

  const server = recallWay();
  return (
    <PageFrame title={t("returnedTitle")} lead={problem === null ? t("returning") : ""}>
      {problem === null ? (
        <div role="status" className="flex justify-center py-14">
          <Spinner className="size-6 text-muted" />
          <span className="sr-only">{t("returning")}</span>
        </div>
      ) : (
        <div role="alert">
          <EmptyState
            icon={CircleX}
            title={t("returnFailed")}
            description={say(problem)}
            action={
              <Link href={server ? placeOf(server) : "/admin/tools/"} className={buttonClass("secondary")}>
                {t("toServer")}
              </Link>
            }
          />
        </div>
      )}
    </PageFrame>
  );
}
