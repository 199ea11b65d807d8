"use client";

import { CirclePause, CirclePlay, CornerDownRight, FolderTree, Pencil, UserPlus } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { DropdownMenuItem, DropdownMenuSeparator } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages as common } from "../messages";
import { RowMenu } from "../RowMenu";
import { messages } from "./messages";
import type { Figures, Tenant } from "./queries";
import type { Act } from "./TenantDialogs";
import type { Branch } from "./tree";

interface TenantTreeProps {
  branches: readonly Branch<Tenant>[];
  figures: ReadonlyMap<string, Figures>;
  /** The tenant of whom looks at it. */
  own: string | undefined;
  onAct: (act: Act) => void;
  /** Whose branches these are. */
  parent?: Tenant;
}

/** Lists within lists; screen readers say how deep one is. */
export function TenantTree({ branches, figures, own, onAct, parent }: TenantTreeProps) {
  const t = useMessages(messages);
  return (
    <ul
      aria-label={parent ? t("below", { name: parent.name }) : t("list")}
      className={cn(parent ? "ml-3 border-line border-l pl-3 sm:ml-4 sm:pl-5" : "grid gap-1")}
    >
      {branches.map(({ one, below }) => (
        <li key={one.id}>
          <Row tenant={one} figures={figures.get(one.id)} own={one.id === own} onAct={onAct} />
          {below.length > 0 && <TenantTree branches={below} figures={figures} own={own} onAct={onAct} parent={one} />}
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  tenant: Tenant;
  figures: Figures | undefined;
  own: boolean;
  onAct: (act: Act) => void;
}

function Row({ tenant, figures, own, onAct }: RowProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { moment } = useFormats();
  return (
    <div className="flex items-center gap-3 border-line border-b py-2">
      <div className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="min-w-0 break-words font-medium">{tenant.name}</span>
          {own && <Badge>{t("yours")}</Badge>}
          {tenant.suspended_at && (
            <Badge tone="warning" title={t("since", { when: moment(tenant.suspended_at) })}>
              {t("suspended")}
            </Badge>
          )}
        </span>
        {figures && (
          <span className="block text-muted text-sm">
            {c("people", { count: figures.people })} · {t("bases", { count: figures.knowledge_bases })}
          </span>
        )}
      </div>
      <RowMenu name={tenant.name}>
        <DropdownMenuItem icon={Pencil} onSelect={() => onAct({ kind: "rename", tenant })}>
          {c("rename")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={FolderTree} onSelect={() => onAct({ kind: "move", tenant })}>
          {t("move")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={CornerDownRight} onSelect={() => onAct({ kind: "create", parent: tenant })}>
          {t("addBelow")}
        </DropdownMenuItem>
        <DropdownMenuItem icon={UserPlus} onSelect={() => onAct({ kind: "invite", tenant })}>
          {t("invite")}
        </DropdownMenuItem>
        {!own && (
          <>
            <DropdownMenuSeparator />
            {tenant.suspended_at ? (
              <DropdownMenuItem icon={CirclePlay} onSelect={() => onAct({ kind: "resume", tenant })}>
                {t("resume")}
              </DropdownMenuItem>
            ) : (
              <DropdownMenuItem icon={CirclePause} danger onSelect={() => onAct({ kind: "suspend", tenant })}>
                {t("suspend")}
              </DropdownMenuItem>
            )}
          </>
        )}
      </RowMenu>
    </div>
  );
}
