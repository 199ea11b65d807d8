"use client";

import dynamic from "next/dynamic";
import { type ReactNode, Suspense } from "react";

import { useMe } from "@/features/account/queries";
import { SessionDialog } from "@/features/account/SessionDialog";
import { UserMenu } from "@/features/account/UserMenu";
import { UploadDock } from "@/features/knowledge/uploads/UploadDock";
import { Shell } from "@/features/shell/Shell";
import { useShell } from "@/features/shell/store";

// Loaded when they are needed: none of them belongs to the first screen of every page.
const ConversationList = dynamic(
  () => import("@/features/chat/ConversationList").then((module) => module.ConversationList),
  { ssr: false },
);
const DocumentPanel = dynamic(
  () => import("@/features/documents/DocumentPanel").then((module) => module.DocumentPanel),
  { ssr: false },
);
const DeveloperBanner = dynamic(
  () => import("@/features/account/DeveloperNotice").then((module) => module.DeveloperBanner),
  { ssr: false },
);
const Palette = dynamic(() => import("@/features/palette/Palette").then((module) => module.Palette), { ssr: false });

const showShortcuts = () => useShell.setState({ shortcuts: true });

/** Composes the features around a page: they know nothing of each other. */
export function SignedIn({ children }: { children: ReactNode }) {
  const me = useMe().data;
  const administration = me?.permissions.includes("users.read") ?? false;
  return (
    <>
      <Shell
        administration={administration}
        notice={me?.developer_sign_in && <DeveloperBanner />}
        conversations={
          <Suspense>
            <ConversationList />
          </Suspense>
        }
        user={(small) => <UserMenu small={small} onShortcuts={showShortcuts} />}
        panel={<DocumentPanel />}
      >
        {children}
      </Shell>
      <OpenPalette />
      <UploadDock />
      <SessionDialog />
    </>
  );
}

function OpenPalette() {
  const open = useShell((shell) => shell.palette);
  if (!open) return null;
  return <Palette onClose={() => useShell.setState({ palette: false })} onShortcuts={showShortcuts} />;
}
