"use client";

import { ArrowLeft, Pencil, SearchX, Trash2, UsersRound } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { SearchField } from "@/components/ui/search-field";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { Problem } from "@/lib/api/client";
import { useDebounced } from "@/lib/debounced";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { Listing, PageFrame } from "../Listing";
import { messages as common } from "../messages";
import { type Group, useGroup, useMembers } from "../queries";
import type { Act } from "./GroupDialogs";
import { messages } from "./messages";
import { sourceOf } from "./source";

const MemberTable = dynamic(() => import("./MemberTable").then((module) => module.MemberTable), { ssr: false });
const AddMember = dynamic(() => import("./AddMember").then((module) => module.AddMember), { ssr: false });
const GroupDialogs = dynamic(() => import("./GroupDialogs").then((module) => module.GroupDialogs), { ssr: false });

/** One group and who belongs to it, `?id=…`. */
export function MembersPage() {
  const t = useMessages(messages);
  const id = useSearchParams().get("id") ?? "";
  const query = useGroup(id);
  const unknown = !id || (query.error instanceof Problem && [404, 422].includes(query.error.status));
  useTitle(unknown ? t("unknownTitle") : query.data?.name);
  const back = (
    <Link
      href="/admin/groups/"
      className="mb-3 -ml-1 inline-flex min-h-6 items-center gap-1.5 rounded px-1 text-muted text-sm hover:text-text"
    >
      <ArrowLeft aria-hidden className="size-4" />
      {t("back")}
    </Link>
  );
  if (query.data) return <Loaded key={id} group={query.data} back={back} />;
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

function Loaded({ group, back }: { group: Group; back: React.ReactNode }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [act, setAct] = useState<Act | null>(null);
  const search = useDebounced(typed.trim());
  const query = useMembers(group.id, search);
  const source = sourceOf(group);
  const local = source === "local";
  return (
    <PageFrame
      above={back}
      title={group.name}
      lead={t(`by_${source}`)}
      actions={
        <>
          {source !== "scim" && (
            <Button variant="secondary" onClick={() => setAct({ kind: "rename", group })}>
              <Pencil aria-hidden className="size-4" />
              {c("rename")}
            </Button>
          )}
          <Button variant="secondary" onClick={() => setAct({ kind: "delete", group })}>
            <Trash2 aria-hidden className="size-4" />
            {c("delete")}
          </Button>
        </>
      }
    >
      {local && (
        <div className="mb-8 max-w-xl">
          <AddMember group={group} />
        </div>
      )}
      <div className="mb-2 grid items-center gap-2 @2xl:grid-cols-[1fr_20rem]">
        <h2 className="font-semibold">{t("count", { count: group.people ?? 0 })}</h2>
        <SearchField label={t("searchMembers")} value={typed} onChange={setTyped} />
      </div>
      <VisuallyHidden role="status">
        {query.isSuccess ? t("membersShown", { count: query.items.length }) : ""}
      </VisuallyHidden>
      <Listing
        query={query}
        empty={
          search ? (
            <EmptyState icon={SearchX} title={t("noMemberFound")} description={t("noMemberFoundText")} />
          ) : (
            <EmptyState
              icon={UsersRound}
              title={t("noMembers")}
              description={t(local ? "noMembersText" : "noMembersOutside")}
            />
          )
        }
      >
        <MemberTable group={group} members={query.items} busy={query.isPlaceholderData} />
      </Listing>
      {act && <GroupDialogs act={act} onClose={() => setAct(null)} onDeleted={() => router.push("/admin/groups/")} />}
    </PageFrame>
  );
}
