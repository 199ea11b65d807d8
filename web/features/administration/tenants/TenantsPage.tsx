"use client";

import { Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame } from "../Listing";
import { messages as common } from "../messages";
import { messages } from "./messages";
import { useMe, useTenants } from "./queries";
import type { Act } from "./TenantDialogs";
import { treeOf } from "./tree";

const TenantTree = dynamic(() => import("./TenantTree").then((module) => module.TenantTree), { ssr: false });
const TenantDialogs = dynamic(() => import("./TenantDialogs").then((module) => module.TenantDialogs), { ssr: false });

/** The tenants of the installation, for super administrators. */
export function TenantsPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  useTitle(t("title"));
  const query = useTenants();
  const me = useMe();
  const [act, setAct] = useState<Act | null>(null);
  return (
    <PageFrame
      title={t("title")}
      lead={t("lead")}
      actions={
        <Button onClick={() => setAct({ kind: "create" })}>
          <Plus aria-hidden className="size-4" />
          {t("newTenant")}
        </Button>
      }
    >
      {query.isPending && (
        <div role="status" aria-label={c("loading")}>
          <Skeleton className="h-60 rounded-xl" />
        </div>
      )}
      {query.isError && <ErrorState problem={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (
        <TenantTree
          branches={treeOf(query.data.tenants)}
          figures={query.data.figures}
          own={me.data?.tenant.id}
          onAct={setAct}
        />
      )}
      {act && query.data && (
        <TenantDialogs act={act} tenants={query.data.tenants} figures={query.data.figures} onAct={setAct} />
      )}
    </PageFrame>
  );
}
