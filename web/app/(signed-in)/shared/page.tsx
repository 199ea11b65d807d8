"use client";

import dynamic from "next/dynamic";
import { Suspense } from "react";

const load = () => import("@/features/chat/share/SharedPage").then((module) => module.SharedPage);
const SharedPage = dynamic(load, { ssr: false });

// Fetched while the server is asked who is signed in.
if (typeof window !== "undefined") void load().catch(() => undefined);

export default function Page() {
  return (
    <Suspense>
      <SharedPage />
    </Suspense>
  );
}
