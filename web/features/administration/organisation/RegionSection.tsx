"use client";

import { Pencil, Plus, Trash2 } from "lucide-react";
import Link from "next/link";

import { Button } from "@/components/ui/button";
import { DropdownMenuItem } from "@/components/ui/menu";
import { useMessages } from "@/lib/i18n";

import { Listing } from "../Listing";
import { messages as common } from "../messages";
import { type Region, useDepartments } from "../queries";
import { RowMenu } from "../RowMenu";
import { messages } from "./messages";
import type { Act } from "./OrganisationDialogs";

/** A region with its departments, and how many people each has. */
export function RegionSection({ region, onAct }: { region: Region; onAct: (act: Act) => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const query = useDepartments(region.id);
  return (
    <section aria-labelledby={`region-${region.id}`} className="min-w-0 rounded-xl border border-line bg-raised">
      <header className="flex items-center gap-3 border-line border-b py-2 pr-2 pl-4">
        <h2 id={`region-${region.id}`} className="min-w-0 flex-1 break-words font-semibold">
          {region.name}
        </h2>
        <span className="shrink-0 text-muted text-sm">{t("departments", { count: region.departments })}</span>
        <RowMenu name={region.name}>
          <DropdownMenuItem icon={Pencil} onSelect={() => onAct({ kind: "rename-region", region })}>
            {c("rename")}
          </DropdownMenuItem>
          <DropdownMenuItem icon={Trash2} danger onSelect={() => onAct({ kind: "delete-region", region })}>
            {c("delete")}
          </DropdownMenuItem>
        </RowMenu>
      </header>
      <Listing query={query} empty={<p className="px-4 py-3 text-muted text-sm">{t("none")}</p>}>
        <ul className="divide-y divide-line">
          {query.items.map((department) => {
            const people = c("people", { count: department.people ?? 0 });
            return (
              <li key={department.id} className="flex items-center gap-3 py-1.5 pr-2 pl-4">
                <span className="min-w-0 flex-1 break-words">{department.name}</span>
                <Link
                  href={`/admin/users/?department=${department.id}`}
                  aria-label={t("peopleOf", { people, name: department.name })}
                  className="shrink-0 rounded px-1 text-muted text-sm underline-offset-2 hover:text-text hover:underline"
                >
                  {people}
                </Link>
                <RowMenu name={department.name}>
                  <DropdownMenuItem
                    icon={Pencil}
                    onSelect={() => onAct({ kind: "edit-department", department, region })}
                  >
                    {t("edit")}
                  </DropdownMenuItem>
                  <DropdownMenuItem
                    icon={Trash2}
                    danger
                    onSelect={() => onAct({ kind: "delete-department", department, region })}
                  >
                    {c("delete")}
                  </DropdownMenuItem>
                </RowMenu>
              </li>
            );
          })}
        </ul>
      </Listing>
      <div className="border-line border-t px-2 py-2">
        <Button
          variant="ghost"
          size="sm"
          aria-label={t("newDepartmentIn", { region: region.name })}
          onClick={() => onAct({ kind: "create-department", region })}
        >
          <Plus aria-hidden className="size-4" />
          {t("newDepartment")}
        </Button>
      </div>
    </section>
  );
}
