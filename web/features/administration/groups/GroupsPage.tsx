"use client";

import { Plus, SearchX, UsersRound } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { SearchField } from "@/components/ui/search-field";
import { Select } from "@/components/ui/select";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { Listing, PageFrame } from "../Listing";
import { type Origin, useGroups } from "../queries";
import type { Act } from "./GroupDialogs";
import { messages } from "./messages";

const GroupTable = dynamic(() => import("./GroupTable").then((module) => module.GroupTable), { ssr: false });
const GroupDialogs = dynamic(() => import("./GroupDialogs").then((module) => module.GroupDialogs), { ssr: false });

/** Every group of the tenant: found, made, renamed, deleted. */
export function GroupsPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const [typed, setTyped] = useState("");
  const [origin, setOrigin] = useState<Origin>("");
  const [act, setAct] = useState<Act | null>(null);
  const query = useGroups(useDebounced(typed.trim()), origin);
  const narrowed = typed.trim() !== "" || origin !== "";

  function showAll() {
    setTyped("");
    setOrigin("");
  }
  const create = (
    <Button onClick={() => setAct({ kind: "create" })}>
      <Plus aria-hidden className="size-4" />
      {t("newGroup")}
    </Button>
  );
  return (
    <PageFrame title={t("title")} lead={t("lead")} actions={create}>
      <search className="mb-6 grid gap-2 @xl:grid-cols-[minmax(14rem,1fr)_16rem]">
        <SearchField label={t("search")} value={typed} onChange={setTyped} />
        <Select aria-label={t("origin")} value={origin} onChange={(event) => setOrigin(event.target.value as Origin)}>
          <option value="">{t("anyOrigin")}</option>
          <option value="local">{t("localOrigin")}</option>
          <option value="outside">{t("outsideOrigin")}</option>
        </Select>
      </search>
      <VisuallyHidden role="status">{query.isSuccess ? t("shown", { count: query.items.length }) : ""}</VisuallyHidden>
      <Listing
        query={query}
        empty={
          narrowed ? (
            <EmptyState
              icon={SearchX}
              title={t("noneTitle")}
              description={t("noneText")}
              action={
                <Button variant="secondary" onClick={showAll}>
                  {t("clear")}
                </Button>
              }
            />
          ) : (
            <EmptyState icon={UsersRound} title={t("emptyTitle")} description={t("emptyText")} />
          )
        }
      >
        <GroupTable groups={query.items} busy={query.isPlaceholderData} onAct={setAct} />
      </Listing>
      {act && <GroupDialogs act={act} onClose={() => setAct(null)} />}
    </PageFrame>
  );
}
