"use client";

import { ArrowLeft, Pencil, RefreshCw, SearchX, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { Problem } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";
import { useTitle } from "@/lib/title";

import { PageFrame, Part } from "../Listing";
import { messages as common } from "../messages";
import { messages } from "./messages";
import { type ToolServer, useAskServer, useDeleteServer, useServer } from "./queries";
import { ServerBadge } from "./ServerBadge";

const ServerTools = dynamic(() => import("./ServerTools").then((module) => module.ServerTools), { ssr: false });
const ServerConnection = dynamic(() => import("./ServerConnection").then((module) => module.ServerConnection), {
  ssr: false,
});
const ServerDialog = dynamic(() => import("./ServerDialog").then((module) => module.ServerDialog), { ssr: false });

/** One server of tools, `?id=…`: who we are there, and which of its tools may be used. */
export function ServerPage() {
  const t = useMessages(messages);
  const id = useSearchParams().get("id") ?? "";
  const query = useServer(id);
  const unknown = !id || (query.error instanceof Problem && [404, 422].includes(query.error.status));
  useTitle(unknown ? t("unknownTitle") : query.data?.name);
  const back = (
    <Link
      href="/admin/tools/"
      className="mb-3 -ml-1 inline-flex min-h-6 items-center gap-1.5 rounded px-1 text-muted text-sm hover:text-text"
    >
      <ArrowLeft aria-hidden className="size-4" />
      {t("back")}
    </Link>
  );
  if (query.data && !unknown) return <Loaded key={id} server={query.data} back={back} />;
  return (
    <div className="mx-auto w-full max-w-[1400px] px-4 pt-8 sm:px-8">
      {back}
      <VisuallyHidden>
        <h1>{t("title")}</h1>
      </VisuallyHidden>
      {unknown && <EmptyState icon={SearchX} title={t("unknownTitle")} description={t("unknownText")} />}
      {!unknown && query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
    </div>
  );
}

function Loaded({ server, back }: { server: ToolServer; back: React.ReactNode }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { ago } = useFormats();
  const router = useRouter();
  const remove = useDeleteServer();
  const [act, setAct] = useState<"edit" | "delete" | null>(null);
  const close = () => setAct(null);
  const asked = server.looked_at && t("askedAt", { when: ago(server.looked_at) });
  return (
    <PageFrame
      above={back}
      title={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {server.name}
          <span className="inline-flex tracking-normal">
            <ServerBadge server={server} />
          </span>
        </span>
      }
      lead={
        <span className="wrap-anywhere">
          {[server.url, t(`auth_${server.auth}`), asked].filter(Boolean).join(" · ")}
        </span>
      }
      actions={
        <>
          <Button variant="secondary" onClick={() => setAct("edit")}>
            <Pencil aria-hidden className="size-4" />
            {t("edit")}
          </Button>
          <Button variant="secondary" onClick={() => setAct("delete")}>
            <Trash2 aria-hidden className="size-4" />
            {c("delete")}
          </Button>
        </>
      }
    >
      <div className="grid max-w-4xl gap-8">
        {server.auth === "oauth" && (
          <Part title={t("connection")} lead={t("connectionLead")}>
            <ServerConnection server={server} />
          </Part>
        )}
        <Part title={t("tools")} lead={t("toolsLead")}>
          <ServerTools server={server} />
          <Ask server={server} />
        </Part>
      </div>
      {act === "edit" && <ServerDialog server={server} onClose={close} />}
      {act === "delete" && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={c("deleteTitle", { name: server.name })}
          description={t("removeText")}
          confirm={c("delete")}
          danger
          onConfirm={async () => {
            await remove.mutateAsync(server.id);
            toast({ title: c("deleted", { name: server.name }), tone: "success" });
            router.push("/admin/tools/");
          }}
        />
      )}
    </PageFrame>
  );
}

/** Asks the server for its tools, which shows too whether it can be reached. */
function Ask({ server }: { server: ToolServer }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const ask = useAskServer();
  // Said above where it is the connection's.
  const failure = ask.error ? say(ask.error) : server.connection?.failure ? null : server.failure;
  return (
    <div className="grid gap-2">
      {failure && (
        <p role="alert" className="break-words text-danger text-sm">
          {t("askFailed", { sentence: failure })}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button size="sm" variant="secondary" busy={ask.isPending} onClick={() => ask.mutate(server.id)}>
          <RefreshCw aria-hidden className="size-4" />
          {t("ask")}
        </Button>
        <span className="text-muted text-sm">{t("askHint")}</span>
      </div>
    </div>
  );
}
