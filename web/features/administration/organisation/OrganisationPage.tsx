"use client";

import { Building2, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { Listing, PageFrame } from "../Listing";
import { useRegions } from "../queries";
import { messages } from "./messages";
import type { Act } from "./OrganisationDialogs";

const RegionSection = dynamic(() => import("./RegionSection").then((module) => module.RegionSection), { ssr: false });
const OrganisationDialogs = dynamic(() => import("./OrganisationDialogs").then((found) => found.OrganisationDialogs), {
  ssr: false,
});

/** The taxonomy of a tenant: regions, and the departments in each. */
export function OrganisationPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const query = useRegions();
  const [act, setAct] = useState<Act | null>(null);
  const create = (
    <Button onClick={() => setAct({ kind: "create-region" })}>
      <Plus aria-hidden className="size-4" />
      {t("newRegion")}
    </Button>
  );
  return (
    <PageFrame title={t("title")} lead={t("lead")} actions={create}>
      <VisuallyHidden role="status">{query.isSuccess ? t("shown", { count: query.items.length }) : ""}</VisuallyHidden>
      <Listing
        query={query}
        empty={<EmptyState icon={Building2} title={t("emptyTitle")} description={t("emptyText")} />}
      >
        <div className="grid items-start gap-4 @4xl:grid-cols-2">
          {query.items.map((region) => (
            <RegionSection key={region.id} region={region} onAct={setAct} />
          ))}
        </div>
      </Listing>
      {act && <OrganisationDialogs act={act} regions={query.items} onClose={() => setAct(null)} />}
    </PageFrame>
  );
}
