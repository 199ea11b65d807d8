"use client";

import dynamic from "next/dynamic";
import { type ReactNode, Suspense } from "react";

import { SessionGate } from "@/features/account/SessionGate";
import { UserMenu } from "@/features/account/UserMenu";
import { ConversationList } from "@/features/chat/ConversationList";
import { UploadDock } from "@/features/knowledge/uploads/UploadDock";
import { Shell } from "@/features/shell/Shell";
import { useShell } from "@/features/shell/store";

const DocumentPanel = dynamic(
  () => import("@/features/documents/DocumentPanel").then((module) => module.DocumentPanel),
  {
    ssr: false,
  },
);
const Palette = dynamic(() => import("@/features/palette/Palette").then((module) => module.Palette), { ssr: false });

const showShortcuts = () => useShell.setState({ shortcuts: true });

/** Composes the features: they know nothing of each other. */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <SessionGate>
      <Shell
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
      <UploadDock />
      <OpenPalette />
    </SessionGate>
  );
}

function OpenPalette() {
  const open = useShell((shell) => shell.palette);
  if (!open) return null;
  return <Palette onClose={() => useShell.setState({ palette: false })} onShortcuts={showShortcuts} />;
}
