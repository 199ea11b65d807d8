"use client";

import { Cpu, Pencil, Plus, Server, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { DropdownMenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Listing } from "../Listing";
import { messages as common } from "../messages";
import { RowMenu } from "../RowMenu";
import { HealthBadge, worst } from "./HealthBadge";
import { messages } from "./messages";
import { ProviderDialog } from "./ProviderDialog";
import { type Health, OWN, type Provider, useDeleteProvider, useProviders, useSettings } from "./queries";
import { TestDialog } from "./TestDialog";

type Act =
  | { kind: "create" }
  | { kind: "edit" | "delete"; provider: Provider }
  | { kind: "test"; id: string; name: string; azure: boolean; model?: string };

/** The vendors and servers: added, tested, changed, deleted. */
export function Providers() {
  const t = useMessages(messages);
  const query = useProviders();
  const settings = useSettings();
  const [act, setAct] = useState<Act | null>(null);
  const own = settings.data?.environment;
  const close = () => setAct(null);
  const test = (one: Provider) =>
    setAct({ kind: "test", id: one.id, name: one.name, azure: one.kind === "azure", ...lately(one.health) });
  return (
    <>
      <Listing query={query} empty={!own && <p className="text-muted text-sm">{t("noProviders")}</p>}>
        {null}
      </Listing>
      {(own || query.items.length > 0) && (
        <ul className="divide-y divide-line border-line border-y">
          {own && (
            <Row
              icon={<Server aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />}
              name={t("environment")}
              badge={<HealthBadge state={worst(own.health)} />}
              facts={[t("environmentText", { model: own.model, host: own.host })]}
              health={own.health}
              onTest={() => setAct({ kind: "test", id: OWN, name: t("environment"), azure: false, model: own.model })}
            />
          )}
          {query.items.map((one) => (
            <ProviderRow key={one.id} provider={one} onAct={setAct} onTest={() => test(one)} />
          ))}
        </ul>
      )}
      <div>
        <Button size="sm" variant="secondary" onClick={() => setAct({ kind: "create" })}>
          <Plus aria-hidden className="size-4" />
          {t("add")}
        </Button>
      </div>
      {act?.kind === "create" && (
        <ProviderDialog names={settings.data?.key_names ?? {}} onSaved={test} onClose={close} />
      )}
      {act?.kind === "edit" && (
        <ProviderDialog
          provider={act.provider}
          names={settings.data?.key_names ?? {}}
          onSaved={close}
          onClose={close}
        />
      )}
      {act?.kind === "test" && <TestDialog {...act} onClose={close} />}
      {act?.kind === "delete" && <Remove provider={act.provider} onClose={close} />}
    </>
  );
}

/** The model that was asked last, to be tried first. */
function lately(health: readonly Health[]) {
  return health[0] ? { model: health[0].model } : {};
}

interface ProviderRowProps {
  provider: Provider;
  onAct: (act: Act) => void;
  onTest: () => void;
}

function ProviderRow({ provider, onAct, onTest }: ProviderRowProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const keys = {
    none: t("keyNone"),
    stored: t("keyStored"),
    environment: t("keyEnvironment", { name: provider.key_env }),
  };
  return (
    <Row
      icon={<Cpu aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />}
      name={provider.name}
      badge={provider.enabled ? <HealthBadge state={worst(provider.health)} /> : <Badge>{t("off")}</Badge>}
      facts={[t(`kind_${provider.kind}`), provider.region, provider.base_url, keys[provider.key_source]]}
      health={provider.health}
      onTest={onTest}
      menu={
        <RowMenu name={provider.name}>
          <DropdownMenuItem icon={Pencil} onSelect={() => onAct({ kind: "edit", provider })}>
            {t("edit")}
          </DropdownMenuItem>
          <DropdownMenuItem icon={Trash2} danger onSelect={() => onAct({ kind: "delete", provider })}>
            {c("delete")}
          </DropdownMenuItem>
        </RowMenu>
      }
    />
  );
}

interface RowProps {
  icon: ReactNode;
  name: string;
  badge: ReactNode;
  facts: readonly string[];
  health: readonly Health[];
  onTest: () => void;
  menu?: ReactNode;
}

function Row({ icon, name, badge, facts, health, onTest, menu }: RowProps) {
  const t = useMessages(messages);
  const { ago, number } = useFormats();
  const failed = health.filter((one) => one.state !== "healthy" && one.last_failure && one.last_failure_at);
  const quick = health.filter((one) => one.state === "healthy" && typeof one.first_token_ms === "number");
  return (
    <li className="flex items-start gap-3 py-3">
      {icon}
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="break-words font-medium">{name}</span>
          {badge}
        </p>
        <p className="break-words text-muted text-sm">{facts.filter(Boolean).join(" · ")}</p>
        {quick.map((one) => (
          <p key={one.model} className="break-words text-muted text-sm">
            {one.model}: {t("median", { ms: number(one.first_token_ms ?? 0) })}
          </p>
        ))}
        {failed.map((one) => (
          <p key={one.model} className="break-words text-sm text-warning">
            {t("lastFailure", {
              model: one.model,
              sentence: one.last_failure ?? "",
              when: ago(one.last_failure_at ?? ""),
            })}
          </p>
        ))}
      </div>
      <Button size="sm" variant="ghost" aria-label={t("testOf", { name })} onClick={onTest}>
        {t("test")}
      </Button>
      {menu}
    </li>
  );
}

function Remove({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const remove = useDeleteProvider();
  const named: string[] = provider.used_by.map((purpose) => t(`purpose_${purpose}`));
  if (provider.used_by_agents) named.push(t("ofAgents", { count: provider.used_by_agents }));
  const routes = named.join(", ");
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={c("deleteTitle", { name: provider.name })}
      description={routes ? t("removeText", { routes }) : t("removeUnused")}
      confirm={c("delete")}
      danger
      onConfirm={async () => {
        await remove.mutateAsync(provider.id);
        toast({ title: c("deleted", { name: provider.name }), tone: "success" });
      }}
    />
  );
}
