"use client";

import { Pencil, Trash2 } from "lucide-react";
import Link from "next/link";

import { Badge } from "@/components/ui/badge";
import { DropdownMenuItem } from "@/components/ui/menu";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import type { Group } from "../queries";
import { RowMenu } from "../RowMenu";
import type { Act } from "./GroupDialogs";
import { messages } from "./messages";
import { sourceOf } from "./source";

interface GroupTableProps {
  groups: readonly Group[];
  busy: boolean;
  onAct: (act: Act) => void;
}

export function GroupTable({ groups, busy, onAct }: GroupTableProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  return (
    <Table aria-label={t("list")} aria-busy={busy} className="table-fixed">
      <TableHeader>
        <TableRow>
          <TableHead>{t("group")}</TableHead>
          <TableHead className="hidden w-40 @xl:table-cell">{t("origin")}</TableHead>
          <TableHead className="hidden w-40 @xl:table-cell">{t("members")}</TableHead>
          <TableHead className="w-14">
            <VisuallyHidden>{c("actions")}</VisuallyHidden>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {groups.map((group) => {
          const source = sourceOf(group);
          const badge = <Badge tone={source === "local" ? "neutral" : "accent"}>{t(`source_${source}`)}</Badge>;
          const count = t("count", { count: group.people ?? 0 });
          return (
            <TableRow key={group.id}>
              <TableCell>
                <Link
                  href={`/admin/groups/members/?id=${group.id}`}
                  className="inline-block min-h-6 max-w-full break-words font-medium underline-offset-2 hover:underline"
                >
                  {group.name}
                </Link>
                <span className="mt-1 flex flex-wrap items-center gap-2 text-muted @xl:hidden">
                  {badge}
                  {count}
                </span>
              </TableCell>
              <TableCell className="hidden @xl:table-cell">{badge}</TableCell>
              <TableCell className="hidden @xl:table-cell">{count}</TableCell>
              <TableCell className="text-right">
                <RowMenu name={group.name}>
                  {source !== "scim" && (
                    <DropdownMenuItem icon={Pencil} onSelect={() => onAct({ kind: "rename", group })}>
                      {c("rename")}
                    </DropdownMenuItem>
                  )}
                  <DropdownMenuItem icon={Trash2} danger onSelect={() => onAct({ kind: "delete", group })}>
                    {c("delete")}
                  </DropdownMenuItem>
                </RowMenu>
              </TableCell>
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}
