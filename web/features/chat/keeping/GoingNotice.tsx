"use client";

import { Archive } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { useKeeping } from "./queries";

const GoingDialog = dynamic(() => import("./GoingDialog").then((module) => module.GoingDialog), { ssr: false });

/** Says beforehand that conversations will be cleaned up. */
export function GoingNotice() {
  const t = useMessages(messages);
  const keeping = useKeeping();
  const [open, setOpen] = useState(false);
  if (!keeping.data?.going.length) return null;
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="mx-1 mb-3 flex items-start gap-2 rounded-lg bg-warning-soft px-2.5 py-2 text-left text-xs hover:underline"
      >
        <Archive aria-hidden className="mt-0.5 size-3.5 shrink-0 text-warning" />
        {t("goingTitle")}
      </button>
      {open && <GoingDialog keeping={keeping.data} onClose={() => setOpen(false)} />}
    </>
  );
}
