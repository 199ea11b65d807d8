"use client";

import { ShieldCheck } from "lucide-react";

import { Badge, type Tone } from "@/components/ui/badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import type { Act } from "./Dialogs";
import { messages } from "./messages";
import { PersonMenu } from "./PersonMenu";
import { powerOver } from "./power";
import { useStructure } from "./queries";
import type { Me, Person, UserState } from "./types";

const TONES: Record<UserState, Tone> = { active: "success", invited: "accent", deactivated: "neutral" };

interface PeopleTableProps {
  people: readonly Person[];
  me: Me | undefined;
  busy: boolean;
  onAct: (act: Act) => void;
}

/** On narrow screens name, role and state stand in one cell; wider ones give each a column. */
export function PeopleTable({ people, me, busy, onAct }: PeopleTableProps) {
  const t = useMessages(messages);
  const { ago, moment } = useFormats();
  const structure = useStructure();
  const departments = new Map(structure.data?.departments.map((one) => [one.id, one.name]));
  return (
    <Table aria-label={t("list")} aria-busy={busy} className="table-fixed">
      <TableHeader>
        <TableRow>
          <TableHead>{t("person")}</TableHead>
          <TableHead className="hidden w-44 @3xl:table-cell">{t("role")}</TableHead>
          <TableHead className="hidden w-44 @5xl:table-cell">{t("department")}</TableHead>
          <TableHead className="hidden w-32 @xl:table-cell">{t("state")}</TableHead>
          <TableHead className="hidden w-32 @4xl:table-cell">{t("factor")}</TableHead>
          <TableHead className="hidden w-36 @4xl:table-cell">{t("lastLogin")}</TableHead>
          <TableHead className="w-14">
            <VisuallyHidden>{t("actions")}</VisuallyHidden>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {people.map((person) => (
          <TableRow key={person.id}>
            <TableCell>
              <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
                <span className="min-w-0 break-words font-medium">{person.name}</span>
                {person.id === me?.user.id && <Badge>{t("you")}</Badge>}
                {person.is_founder && <Badge>{t("founder")}</Badge>}
              </span>
              <span className="block break-words text-muted">{person.email}</span>
              <span className="mt-1 flex flex-wrap items-center gap-1.5 @3xl:hidden">
                <span className="text-muted">{t(`role_${person.role}`)}</span>
                <Badge tone={TONES[person.state]} className="@xl:hidden">
                  {t(`state_${person.state}`)}
                </Badge>
              </span>
            </TableCell>
            <TableCell className="hidden @3xl:table-cell">{t(`role_${person.role}`)}</TableCell>
            <TableCell className="hidden break-words @5xl:table-cell">
              {person.department_id ? departments.get(person.department_id) : "–"}
            </TableCell>
            <TableCell className="hidden @xl:table-cell">
              <Badge tone={TONES[person.state]}>{t(`state_${person.state}`)}</Badge>
            </TableCell>
            <TableCell className="hidden @4xl:table-cell">
              {person.second_factor ? (
                <span className="inline-flex items-center gap-1.5">
                  <ShieldCheck aria-hidden className="size-4 text-success" />
                  {t("factorOn")}
                </span>
              ) : (
                "–"
              )}
            </TableCell>
            <TableCell className="hidden text-muted @4xl:table-cell">
              {person.last_login_at ? (
                <time dateTime={person.last_login_at} title={moment(person.last_login_at)}>
                  {ago(person.last_login_at)}
                </time>
              ) : (
                t("never")
              )}
            </TableCell>
            <TableCell className="text-right">
              <PersonMenu person={person} power={powerOver(me, person)} onAct={onAct} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
