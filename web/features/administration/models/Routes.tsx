"use client";

import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { HealthBadge } from "./HealthBadge";
import { messages } from "./messages";
import { type Route, useProviders, useRoutes, useSettings } from "./queries";
import { RouteDialog } from "./RouteDialog";

/** Of each purpose, who is asked, in order. */
export function Routes() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const routes = useRoutes();
  const providers = useProviders();
  const settings = useSettings();
  const [changed, setChanged] = useState<Route | null>(null);
  const own = settings.data?.environment ?? null;
  if (routes.isPending) {
    return (
      <div role="status" aria-label={c("loading")}>
        <Skeleton className="h-40 rounded-lg" />
      </div>
    );
  }
  if (routes.isError) return <ErrorState problem={routes.error} onRetry={() => void routes.refetch()} />;
  const possible = providers.items.length > 0 || own !== null;
  return (
    <>
      <ul className="divide-y divide-line border-line border-y">
        {routes.data.routes.map((route) => (
          <Row key={route.purpose} route={route} onChange={possible ? () => setChanged(route) : null} />
        ))}
      </ul>
      {!possible && <p className="text-muted text-sm">{t("needProvider")}</p>}
      {changed && (
        <RouteDialog route={changed} providers={providers.items} own={own} onClose={() => setChanged(null)} />
      )}
    </>
  );
}

function Row({ route, onChange }: { route: Route; onChange: (() => void) | null }) {
  const t = useMessages(messages);
  const purpose = t(`purpose_${route.purpose}`);
  return (
    <li className="flex items-start gap-3 py-3">
      <div className="min-w-0 flex-1">
        <h3 className="font-medium">{purpose}</h3>
        {route.version === 0 ? (
          <p className="text-muted text-sm">{t(`follows_${route.follows ?? "none"}`)}</p>
        ) : (
          <ol className="mt-1 grid gap-1 text-sm">
            {route.candidates.map((one, index) => (
              <li key={`${one.provider_id} ${one.model}`} className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
                <span className="text-muted tabular-nums">{index + 1}.</span>
                <span className="break-all">{one.model}</span>
                <span className="break-words text-muted">{one.provider_name ?? t("environment")}</span>
                {!one.enabled && <Badge>{t("off")}</Badge>}
                {one.enabled && one.health && <HealthBadge state={one.health.state} />}
              </li>
            ))}
          </ol>
        )}
      </div>
      {onChange && (
        <Button size="sm" variant="ghost" aria-label={t("changeOf", { purpose })} onClick={onChange}>
          {t("change")}
        </Button>
      )}
    </li>
  );
}
