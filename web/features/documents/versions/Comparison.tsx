"use client";

import { ArrowLeft } from "lucide-react";

import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { MoreButton } from "@/components/ui/more-button";
import { Select } from "@/components/ui/select";
import type { Schemas } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Skim } from "../Skim";
import { messages } from "./messages";
import { useChanges, type Version } from "./queries";

type Change = Schemas["ChangeOut"];

interface ComparisonProps {
  documentId: string;
  versions: readonly Version[];
  /** The former, and the one it is compared with. */
  compared: readonly [string, string];
  onCompare: (compared: readonly [string, string]) => void;
  onBack: () => void;
}

/** What has changed between two versions, word by word. */
export function Comparison({ documentId, versions, compared, onCompare, onBack }: ComparisonProps) {
  const t = useMessages(messages);
  const [from, to] = compared;
  return (
    <>
      <Button size="sm" variant="ghost" className="self-start" onClick={onBack}>
        <ArrowLeft aria-hidden className="size-4" />
        {t("back")}
      </Button>
      <div className="my-3 grid gap-3 sm:grid-cols-2">
        <Choice label={t("from")} versions={versions} value={from} onChange={(one) => onCompare([one, to])} />
        <Choice label={t("to")} versions={versions} value={to} onChange={(one) => onCompare([from, one])} />
      </div>
      {from === to ? (
        <p className="text-muted text-sm">{t("same")}</p>
      ) : (
        <Changes key={`${from}-${to}`} documentId={documentId} from={from} to={to} />
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  versions: readonly Version[];
  value: string;
  onChange: (versionId: string) => void;
}

function Choice({ label, versions, value, onChange }: ChoiceProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  return (
    <Field label={label}>
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        {versions.map((one) => (
          <option key={one.id} value={one.id}>
            {t("version", { number: one.number })} · {formats.moment(one.created_at)}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function Changes({ documentId, from, to }: { documentId: string; from: string; to: string }) {
  const t = useMessages(messages);
  const query = useChanges(documentId, from, to);
  if (query.isError) return <ErrorState problem={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skim />;
  const pages = query.data.pages;
  return (
    <>
      <p role="status" className="mb-2 text-muted text-sm">
        {pages[0]?.changes ? t("changes", { count: pages[0].changes }) : t("none")}
      </p>
      <ol className="space-y-3" aria-label={t("list")}>
        {pages.flatMap((page) =>
          page.items.map((change) => (
            <ChangeItem key={`${change.former.start}-${change.current.start}`} change={change} />
          )),
        )}
      </ol>
      <MoreButton of={query} size="sm" className="mt-3">
        {t("more")}
      </MoreButton>
    </>
  );
}

const NAMES = { added: "added", removed: "removedText", changed: "changed" } as const;

function ChangeItem({ change }: { change: Change }) {
  const t = useMessages(messages);
  // What was taken away stands nowhere in the newer version.
  const place = change.kind === "removed" ? change.former : change.current;
  const headings = place.heading_path.length > 0 ? place.heading_path : change.current.heading_path;
  const where = [place.page_label || t("place", { page: place.page }), ...headings];
  let at = 0;
  const words = change.words.map((each) => {
    at += each.text.length;
    return { ...each, at };
  });
  return (
    <li className="overflow-hidden rounded-xl border border-line">
      <p className="bg-sunken px-3 py-1 text-muted text-xs">
        {t(NAMES[change.kind])} · {where.join(" › ")}
      </p>
      <p className="whitespace-pre-wrap px-3 py-2 text-sm [overflow-wrap:anywhere]">
        {words.map(({ kind, text, at }) => {
          if (kind === "same") return <span key={at}>{text}</span>;
          const Tag = kind === "added" ? "ins" : "del";
          const look = kind === "added" ? "bg-success-soft" : "bg-danger-soft line-through";
          return (
            <Tag key={at} className={cn("rounded-sm px-0.5 decoration-from-font", look)}>
              {text}
            </Tag>
          );
        })}
      </p>
      {change.is_cut && <p className="px-3 pb-2 text-muted text-xs">{t("cut")}</p>}
    </li>
  );
}
