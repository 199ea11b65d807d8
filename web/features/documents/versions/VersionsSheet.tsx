"use client";

import { EllipsisVertical, GitCompare, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/menu";
import { Sheet } from "@/components/ui/sheet";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { useDocument } from "../queries";
import { Comparison } from "./Comparison";
import { messages } from "./messages";
import { useManages, useVersionAct, type Version } from "./queries";

interface VersionsSheetProps {
  document: Schemas["DocumentDetail"];
  /** The version that is shown; the one that answers when absent. */
  current: string | undefined;
  onChoose: (versionId: string) => void;
  onClose: () => void;
}

interface Asked {
  act: "restore" | "remove";
  version: Version;
}

/** What a document said before: opened, compared, brought back, removed. */
export function VersionsSheet({ document: given, current, onChoose, onClose }: VersionsSheetProps) {
  const t = useMessages(messages);
  const document = useDocument(given.id).data ?? given;
  const manages = useManages(document);
  const act = useVersionAct(document.id);
  const [compared, setCompared] = useState<readonly [string, string] | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const readable = document.versions.filter((one) => one.page_count > 0);

  function compare(version: Version) {
    const place = readable.indexOf(version);
    // With the one that answers, or that one with what it said before.
    const other = version.id === document.active_version_id ? readable[place + 1] : undefined;
    setCompared(other ? [other.id, version.id] : [version.id, document.active_version_id ?? version.id]);
  }

  async function run({ act: wanted, version }: Asked) {
    await act.mutateAsync({ act: wanted, versionId: version.id });
    toast({ title: t(wanted === "restore" ? "restored" : "removed", { number: version.number }), tone: "success" });
  }

  return (
    <Sheet
      open
      onOpenChange={(open) => open || onClose()}
      title={t("title")}
      description={compared ? undefined : t("text")}
      className="w-[min(44rem,calc(100vw-1rem))]"
    >
      {compared ? (
        <Comparison
          documentId={document.id}
          versions={readable}
          compared={compared}
          onCompare={setCompared}
          onBack={() => setCompared(null)}
        />
      ) : (
        <ol className="divide-y divide-line" aria-label={t("title")}>
          {document.versions.map((version) => (
            <Row
              key={version.id}
              version={version}
              document={document}
              isShown={version.id === (current ?? document.active_version_id)}
              comparable={readable.length > 1 && readable.includes(version)}
              manages={manages}
              onOpen={() => {
                onChoose(version.id);
                onClose();
              }}
              onCompare={() => compare(version)}
              onAsk={(wanted) => setAsked({ act: wanted, version })}
            />
          ))}
        </ol>
      )}
      {asked && (
        <ConfirmDialog
          open
          onOpenChange={(open) => open || setAsked(null)}
          title={t(`${asked.act}Title`, { number: asked.version.number })}
          description={t(`${asked.act}Text`)}
          confirm={t(`${asked.act}Confirm`)}
          danger={asked.act === "remove"}
          onConfirm={() => run(asked)}
        />
      )}
    </Sheet>
  );
}

interface RowProps {
  version: Version;
  document: Schemas["DocumentDetail"];
  isShown: boolean;
  comparable: boolean;
  manages: boolean;
  onOpen: () => void;
  onCompare: () => void;
  onAsk: (act: Asked["act"]) => void;
}

function Row({ version, document, isShown, comparable, manages, onOpen, onCompare, onAsk }: RowProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { number } = version;
  const isActive = version.id === document.active_version_id;
  const isFormer = !isActive && version.id !== document.versions[0]?.id;
  const state = stateOf(version);
  const restorable = version.page_count > 0 && version.has_original && version.sha256 !== document.sha256;
  // After a failed upload the one that answers is what people want to go on with.
  const takesBack = version.has_original && version.page_count > 0 && document.state === "failed";
  const facts = [
    formats.moment(version.created_at),
    version.page_count > 0 && t("pages", { count: version.page_count }),
    formats.bytes(version.size),
    version.restored_from != null && t("restoredFrom", { number: version.restored_from }),
    !version.has_original && t("noOriginal"),
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-2 font-medium text-base">
          {t("version", { number })}
          {isActive && <Badge tone="success">{t("active")}</Badge>}
          {isShown && !isActive && <Badge>{t("shown")}</Badge>}
          {state && <Badge tone={state === "failed" ? "danger" : "neutral"}>{t(state)}</Badge>}
        </p>
        <p className="text-muted text-sm">{facts.filter(Boolean).join(" · ")}</p>
      </div>
      {version.page_count > 0 && !isShown && (
        <Button size="sm" variant="ghost" aria-label={t("openNumber", { number })} onClick={onOpen}>
          {t("open")}
        </Button>
      )}
      {comparable && (
        <Button size="sm" variant="secondary" aria-label={t("compareNumber", { number })} onClick={onCompare}>
          <GitCompare aria-hidden className="size-4" />
          {t("compare")}
        </Button>
      )}
      {manages && (restorable || takesBack || isFormer) && (
        <DropdownMenu>
          <DropdownMenuTrigger>
            <IconButton label={t("actions", { number })} icon={EllipsisVertical} />
          </DropdownMenuTrigger>
          <DropdownMenuContent align="end">
            {(restorable || takesBack) && (
              <DropdownMenuItem icon={RotateCcw} onSelect={() => onAsk("restore")}>
                {t("restore")}
              </DropdownMenuItem>
            )}
            {isFormer && (
              <DropdownMenuItem icon={Trash2} danger onSelect={() => onAsk("remove")}>
                {t("remove")}
              </DropdownMenuItem>
            )}
          </DropdownMenuContent>
        </DropdownMenu>
      )}
    </li>
  );
}

function stateOf(version: Version): "failed" | "building" | "overtaken" | null {
  if (version.state === "failed" || version.state === "building") return version.state;
  return version.page_count === 0 ? "overtaken" : null;
}
