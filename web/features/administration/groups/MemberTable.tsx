"use client";

import { UserMinus } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { type Group, type Member, useRemoveMember } from "../queries";
import { messages } from "./messages";
import { sourceOf } from "./source";

interface MemberTableProps {
  group: Group;
  members: readonly Member[];
  busy: boolean;
}

export function MemberTable({ group, members, busy }: MemberTableProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const remove = useRemoveMember();
  const [leaving, setLeaving] = useState<Member | null>(null);
  const local = sourceOf(group) === "local";
  return (
    <>
      <Table aria-label={t("members")} aria-busy={busy} className="table-fixed">
        <TableHeader>
          <TableRow>
            <TableHead>{t("person")}</TableHead>
            {local && (
              <TableHead className="w-14">
                <VisuallyHidden>{c("actions")}</VisuallyHidden>
              </TableHead>
            )}
          </TableRow>
        </TableHeader>
        <TableBody>
          {members.map((member) => (
            <TableRow key={member.id}>
              <TableCell>
                <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
                  <span className="min-w-0 break-words font-medium">{member.name}</span>
                  {!member.active && <Badge>{t("inactive")}</Badge>}
                </span>
                <span className="block break-words text-muted">{member.email}</span>
              </TableCell>
              {local && (
                <TableCell className="text-right">
                  <IconButton
                    label={t("remove", { name: member.name })}
                    icon={UserMinus}
                    onClick={() => setLeaving(member)}
                  />
                </TableCell>
              )}
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={() => setLeaving(null)}
        title={t("removeTitle", { name: leaving?.name ?? "", group: group.name })}
        description={t("removeText")}
        confirm={t("removeShort")}
        danger
        onConfirm={async () => {
          if (!leaving) return;
          await remove.mutateAsync({ groupId: group.id, userId: leaving.id });
          toast({ title: t("removed", { name: leaving.name }), tone: "success" });
        }}
      />
    </>
  );
}
