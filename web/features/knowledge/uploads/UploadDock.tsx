"use client";

import dynamic from "next/dynamic";

import { useUploads } from "@/lib/upload";

const UploadTray = dynamic(() => import("./UploadTray").then((found) => found.UploadTray), { ssr: false });

/** The uploads in the corner of every page; nothing, not even its code, while there are none. */
export function UploadDock() {
  const some = useUploads(({ uploads }) => uploads.length > 0);
  return some ? <UploadTray /> : null;
}
