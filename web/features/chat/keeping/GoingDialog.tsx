"use client";

import Link from "next/link";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { messages } from "./messages";

interface GoingDialogProps {
  keeping: Schemas["KeepingOut"];
  onClose: () => void;
}

/** Names what goes, and how to keep it. */
export function GoingDialog({ keeping, onClose }: GoingDialogProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  const isFull = keeping.count + keeping.going.length > keeping.most;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("goingTitle")}
      description={
        isFull || keeping.keep_days === null
          ? t("goingMost", { count: keeping.count, most: keeping.most })
          : t("goingDays", { days: keeping.keep_days })
      }
      footer={
        <Button variant="secondary" onClick={onClose}>
          {t("close")}
        </Button>
      }
    >
      <ul className="grid gap-1">
        {keeping.going.map((one) => (
          <li key={one.id} className="flex items-baseline justify-between gap-4">
            <Link
              href={`/chat/?c=${one.id}`}
              onClick={onClose}
              className="min-w-0 truncate underline underline-offset-2"
            >
              {one.title}
            </Link>
            <span className="shrink-0 text-muted text-xs">{formats.ago(one.updated_at)}</span>
          </li>
        ))}
      </ul>
      <p className="mt-4 text-muted text-sm">{t("goingHint")}</p>
    </Dialog>
  );
}
