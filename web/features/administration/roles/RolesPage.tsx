"use client";

import { Check, Minus } from "lucide-react";
import Link from "next/link";

import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { messages as common } from "../messages";
import { type RoleView, useRoles } from "../queries";
import { messages } from "./messages";

/** Role → permissions, in plain words: a table where there is room, a list for each role where there is not. */
export function RolesPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  useTitle(t("title"));
  const query = useRoles();
  // From least to most; each has what the one before it has.
  const roles = [...(query.data ?? [])].sort((a, b) => a.permissions.length - b.permissions.length);
  const permissions = orderOf(roles);
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      {query.isPending && (
        <div role="status" aria-label={c("loading")}>
          <Skeleton className="h-60 rounded-xl" />
        </div>
      )}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {roles.length > 0 && (
        <>
          <div className="hidden @3xl:block">
            <Matrix roles={roles} permissions={permissions} />
          </div>
          <div className="grid gap-4 @3xl:hidden">
            {roles.map((role) => (
              <RoleCard key={role.role} view={role} permissions={permissions} />
            ))}
          </div>
        </>
      )}
    </PageFrame>
  );
}

type Permission = RoleView["permissions"][number];

/** Permissions in the order in which roles gain them. */
export function orderOf(roles: readonly RoleView[]): Permission[] {
  return [...new Set(roles.flatMap((role) => role.permissions))];
}

function People({ view }: { view: RoleView }) {
  const t = useMessages(messages);
  if (view.people === null) return null;
  const people = t("people", { count: view.people });
  return (
    <Link
      href={`/admin/users/?role=${view.role}`}
      aria-label={t("peopleOf", { people, role: t(`role_${view.role}`) })}
      className="inline-block min-h-6 font-normal text-muted text-sm underline-offset-2 hover:text-text hover:underline"
    >
      {people}
    </Link>
  );
}

interface MatrixProps {
  roles: readonly RoleView[];
  permissions: readonly Permission[];
}

function Matrix({ roles, permissions }: MatrixProps) {
  const t = useMessages(messages);
  return (
    <Table aria-label={t("list")} className="table-fixed">
      <TableHeader>
        <TableRow className="hover:bg-transparent">
          <TableHead className="align-bottom">{t("may")}</TableHead>
          {roles.map((role) => (
            <TableHead key={role.role} className="w-[17%] whitespace-normal py-2 align-bottom text-text">
              <span className="block hyphens-auto">{t(`role_${role.role}`)}</span>
              <People view={role} />
            </TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {permissions.map((permission) => (
          <TableRow key={permission}>
            <th scope="row" className="px-3 py-2.5 text-left font-normal">
              {t(`permission_${permission}`)}
            </th>
            {roles.map((role) => {
              const has = role.permissions.includes(permission);
              return (
                <TableCell key={role.role}>
                  {has ? (
                    <Check role="img" aria-label={t("yes")} className="size-4 text-success" />
                  ) : (
                    <Minus role="img" aria-label={t("no")} className="size-4 text-muted" />
                  )}
                </TableCell>
              );
            })}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function RoleCard({ view, permissions }: { view: RoleView; permissions: readonly Permission[] }) {
  const t = useMessages(messages);
  return (
    <section className="rounded-xl border border-line bg-raised p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h2 className="font-semibold">{t(`role_${view.role}`)}</h2>
        <People view={view} />
      </div>
      <p className="text-muted text-sm">{t(`about_${view.role}`)}</p>
      <ul className="mt-3 grid gap-1.5 text-sm">
        {permissions
          .filter((permission) => view.permissions.includes(permission))
          .map((permission) => (
            <li key={permission} className="flex gap-2">
              <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
              {t(`permission_${permission}`)}
            </li>
          ))}
      </ul>
    </section>
  );
}
