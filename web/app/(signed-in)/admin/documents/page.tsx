"use client";

import dynamic from "next/dynamic";

const load = () => import("@/features/administration/documents/DocumentsPage").then((module) => module.DocumentsPage);
const DocumentsPage = dynamic(load, { ssr: false });

// Fetched while the server is asked who is signed in.
if (typeof window !== "undefined") void load().catch(() => undefined);

export default function Page() {
  return <DocumentsPage />;
}
