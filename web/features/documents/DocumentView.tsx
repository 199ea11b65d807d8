"use client";

import { FileQuestion } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";

import { EmptyState } from "@/components/ui/empty-state";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { DocumentBody } from "./DocumentBody";
import { messages } from "./messages";
import { useDocument } from "./queries";

/** A document on a page of its own: `?id=`, and `version`, `start`, `end` where a place is meant. */
export function DocumentView() {
  const id = useSearchParams().get("id");
  const t = useMessages(messages);
  if (!id) {
    return (
      <>
        <h1 className="sr-only">{t("document")}</h1>
        <EmptyState icon={FileQuestion} title={t("missing")} />
      </>
    );
  }
  return <Viewed id={id} />;
}

function Viewed({ id }: { id: string }) {
  const t = useMessages(messages);
  const router = useRouter();
  const search = useSearchParams();
  const document = useDocument(id);
  useTitle(document.data?.title || document.data?.name);
  const number = (name: string) => {
    const value = Number(search.get(name));
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  const place = {
    documentId: id,
    versionId: search.get("version") ?? undefined,
    start: number("start"),
    end: number("end"),
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="truncate px-4 pt-4 pb-2 font-semibold text-xl">
        {document.data?.title || document.data?.name || t("document")}
      </h1>
      <DocumentBody
        place={place}
        onVersion={(version) => router.push(`/knowledge/document/?id=${id}${version ? `&version=${version}` : ""}`)}
      />
    </div>
  );
}
