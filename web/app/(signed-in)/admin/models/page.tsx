"use client";

import dynamic from "next/dynamic";

const load = () => import("@/features/administration/models/ModelsPage").then((module) => module.ModelsPage);
const ModelsPage = dynamic(load, { ssr: false });

// Fetched while the server is asked who is signed in.
if (typeof window !== "undefined") void load().catch(() => undefined);

export default function Page() {
  return <ModelsPage />;
}
