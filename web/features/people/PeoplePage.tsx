"use client";

import { ShieldCheck, UserPlus, Users } from "lucide-react";
import dynamic from "next/dynamic";
import { useSearchParams } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { SearchField } from "@/components/ui/search-field";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";
import type { Act } from "./Dialogs";
import { messages } from "./messages";
import { useMe, usePeople, useStructure } from "./queries";
import { EVERYBODY, type Filter, filterOf, ROLES, STATES } from "./types";

const PeopleTable = dynamic(() => import("./PeopleTable").then((module) => module.PeopleTable), { ssr: false });
const Dialogs = dynamic(() => import("./Dialogs").then((module) => module.Dialogs), { ssr: false });

/** The administration of people: found, invited, changed, let go. */
export function PeoplePage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const address = useSearchParams();
  const [filter, setFilter] = useState<Filter>(() => filterOf(address));
  const [act, setAct] = useState<Act | null>(null);
  const search = useDebounced(filter.search.trim());
  const query = usePeople({ ...filter, search });
  const me = useMe();
  const manages = me.data?.permissions.includes("users.manage") ?? false;
  const { people } = query;
  const nobody = query.isSuccess && people.length === 0;

  return (
    <div className="@container mx-auto w-full max-w-[1400px] px-4 pt-8 pb-40 sm:px-8">
      <header className="mb-6 flex flex-wrap items-start justify-between gap-4">
        <div className="max-w-2xl">
          <h1 className="font-semibold text-2xl tracking-tight">{t("title")}</h1>
          <p className="mt-1 text-muted">{t("explain")}</p>
        </div>
        {manages && (
          <div className="flex flex-wrap gap-2">
            <Button variant="secondary" onClick={() => setAct({ kind: "rules" })}>
              <ShieldCheck aria-hidden className="size-4" />
              {t("rules")}
            </Button>
            <Button onClick={() => setAct({ kind: "invite" })}>
              <UserPlus aria-hidden className="size-4" />
              {t("invite")}
            </Button>
          </div>
        )}
      </header>
      <Filters filter={filter} onChange={(changes) => setFilter({ ...filter, ...changes })} />
      <VisuallyHidden role="status">{query.isSuccess ? t("shown", { count: people.length }) : ""}</VisuallyHidden>
      {query.isPending && (
        <div role="status" aria-label={t("loading")}>
          <Skeleton className="h-60 rounded-xl" />
        </div>
      )}
      {query.isError && people.length === 0 && (
        <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {nobody && (
        <EmptyState
          icon={Users}
          title={t("nobody")}
          description={t("nobodyText")}
          action={
            <Button variant="secondary" onClick={() => setFilter(EVERYBODY)}>
              {t("clear")}
            </Button>
          }
        />
      )}
      {people.length > 0 && <PeopleTable people={people} me={me.data} busy={query.isPlaceholderData} onAct={setAct} />}
      <MoreButton of={query} className="mx-auto mt-6 flex" />
      {act && <Dialogs act={act} me={me.data} onAct={setAct} />}
    </div>
  );
}

function Filters({ filter, onChange }: { filter: Filter; onChange: (changes: Partial<Filter>) => void }) {
  const t = useMessages(messages);
  const structure = useStructure();
  return (
    <search className="mb-6 grid gap-2 @xl:grid-cols-2 @4xl:grid-cols-[minmax(14rem,1fr)_12rem_12rem_14rem]">
      <SearchField label={t("search")} value={filter.search} onChange={(search) => onChange({ search })} />
      <Select
        aria-label={t("role")}
        value={filter.role}
        onChange={(event) => onChange({ role: event.target.value as Filter["role"] })}
      >
        <option value="">{t("anyRole")}</option>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`role_${role}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("state")}
        value={filter.state}
        onChange={(event) => onChange({ state: event.target.value as Filter["state"] })}
      >
        <option value="">{t("anyState")}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {t(`state_${state}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("department")}
        value={filter.departmentId}
        onChange={(event) => onChange({ departmentId: event.target.value })}
      >
        <option value="">{t("anyDepartment")}</option>
        {structure.data?.departments.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </Select>
    </search>
  );
}
