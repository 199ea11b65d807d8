"use client";

import Link from "next/link";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { type Consequences, useConsequences } from "./queries";

interface DeleteDialogProps {
  kind: "group" | "department";
  id: string;
  name: string;
  /** More to know before. */
  note?: string;
  onDelete: () => Promise<unknown>;
  onClose: () => void;
}

const KNOWN = "font-medium underline underline-offset-2";

/** Says what ends with a group or a department, or what has to be moved first, before it is deleted. */
export function DeleteDialog({ kind, id, name, note, onDelete, onClose }: DeleteDialogProps) {
  const t = useMessages(messages);
  const query = useConsequences(kind, id);
  const found = query.data;
  const blocked = kind === "department" && found !== undefined && found.people + found.belonging_count > 0;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("deleteTitle", { name })}
      description={found && t(blocked ? "firstMove" : "hangs")}
      confirm={t("delete")}
      danger
      disabled={!found || blocked}
      onConfirm={async () => {
        await onDelete();
        toast({ title: t("deleted", { name }), tone: "success" });
      }}
    >
      {query.isPending && (
        <div role="status" aria-label={t("loading")}>
          <Skeleton className="h-24 rounded-lg" />
        </div>
      )}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} className="py-4" />}
      {found && (blocked ? <ToMove id={id} found={found} /> : <Ends kind={kind} found={found} />)}
      {note && <p className="mt-4 text-muted text-sm">{note}</p>}
    </ConfirmDialog>
  );
}

function Ends({ kind, found }: { kind: "group" | "department"; found: Consequences }) {
  const t = useMessages(messages);
  const more = found.knowledge_bases - found.granted.length;
  return (
    <ul className="grid list-disc gap-2 pl-5 text-sm">
      {kind === "group" && <li>{t("endsPeople", { count: found.people })}</li>}
      {found.knowledge_bases + found.documents + found.agents === 0 && <li>{t("endsNone")}</li>}
      {found.knowledge_bases > 0 && (
        <li>
          {t("endsBases", { count: found.knowledge_bases })}
          <ul className="mt-1 grid gap-0.5">
            {found.granted.map((one) => (
              <li key={one.id} className="break-words">
                <Link href={`/knowledge/base/?id=${one.id}&tab=access`} className={KNOWN}>
                  {one.name}
                </Link>{" "}
                <span className="text-muted">{t(`level_${one.level}`)}</span>
              </li>
            ))}
            {more > 0 && <li className="text-muted">{t("andMore", { count: more })}</li>}
          </ul>
        </li>
      )}
      {found.documents > 0 && <li>{t("endsDocuments", { count: found.documents })}</li>}
      {found.agents > 0 && <li>{t("endsAgents", { count: found.agents })}</li>}
    </ul>
  );
}

function ToMove({ id, found }: { id: string; found: Consequences }) {
  const t = useMessages(messages);
  const more = found.belonging_count - found.belonging.length;
  return (
    <ul className="grid list-disc gap-2 pl-5 text-sm">
      {found.people > 0 && (
        <li>
          {t("movePeople", { count: found.people })}{" "}
          <Link href={`/admin/users/?department=${id}`} className={KNOWN}>
            {t("showPeople")}
          </Link>
        </li>
      )}
      {found.belonging_count > 0 && (
        <li>
          {t("moveBases", { count: found.belonging_count })}
          <ul className="mt-1 grid gap-0.5">
            {found.belonging.map((one) => (
              <li key={one.id} className="break-words">
                <Link href={`/knowledge/base/?id=${one.id}&tab=settings`} className={KNOWN}>
                  {one.name}
                </Link>
              </li>
            ))}
            {more > 0 && (
              <li className="text-muted">
                {t("andMore", { count: more })}. {t("personalBase")}
              </li>
            )}
          </ul>
        </li>
      )}
    </ul>
  );
}
