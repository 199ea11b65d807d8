"use client";

import dynamic from "next/dynamic";

import { CopyField } from "@/components/ui/copy-field";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { PageFrame, Part } from "../Listing";
import { messages as common } from "../messages";
import { messages } from "./messages";
import { useScimSettings } from "./queries";

const WaitingList = dynamic(() => import("./WaitingList").then((module) => module.WaitingList), { ssr: false });
const Tokens = dynamic(() => import("./Tokens").then((module) => module.Tokens), { ssr: false });
const Rules = dynamic(() => import("./Rules").then((module) => module.Rules), { ssr: false });

/** The directory's way in, and those whom nobody could be taken for. */
export function ProvisioningPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  useTitle(t("title"));
  const settings = useScimSettings();
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      <div className="grid max-w-4xl gap-8">
        <Part title={t("waiting")} lead={t("waitingLead")}>
          <WaitingList />
        </Part>
        <Part title={t("directory")} lead={t("directoryLead")}>
          {settings.isPending && (
            <div role="status" aria-label={c("loading")}>
              <Skeleton className="h-24 rounded-lg" />
            </div>
          )}
          {settings.isError && <ErrorState problem={settings.error} onRetry={() => void settings.refetch()} />}
          {settings.data && (
            <div className="grid gap-6">
              <CopyField label={t("address")} hint={t("addressHint")} value={settings.data.url} />
              <Tokens />
              <Rules settings={settings.data} />
            </div>
          )}
        </Part>
      </div>
    </PageFrame>
  );
}
