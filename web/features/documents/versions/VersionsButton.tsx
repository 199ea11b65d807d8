"use client";

import { History } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { messages } from "../messages";

// What the list is made of comes when it is opened for the first time.
const VersionsSheet = dynamic(() => import("./VersionsSheet").then((module) => module.VersionsSheet), { ssr: false });

interface VersionsButtonProps {
  document: Schemas["DocumentDetail"];
  current: string | undefined;
  onChoose: (versionId: string) => void;
}

/** Opens the list of a document's versions. */
export function VersionsButton(props: VersionsButtonProps) {
  const t = useMessages(messages);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" variant="ghost" onClick={() => setOpen(true)}>
        <History aria-hidden className="size-4" />
        {t("versions")}
      </Button>
      {open && <VersionsSheet {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
