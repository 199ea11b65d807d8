"use client";

import dynamic from "next/dynamic";
import { useEffect } from "react";

import { restore, useUploads } from "@/lib/upload/queue";

const SOON = 1_000;

const UploadTray = dynamic(() => import("./UploadTray").then((found) => found.UploadTray), { ssr: false });

/** The uploads in the corner of every page; nothing, not even its code, while there are none. */
export function UploadDock() {
  useEffect(() => {
    // What the first screen shows comes first. That nothing is shown of what is left is no fault to speak of.
    const timer = setTimeout(() => void restore().catch(() => undefined), SOON);
    return () => clearTimeout(timer);
  }, []);
  const some = useUploads(({ uploads }) => uploads.length > 0);
  return some ? <UploadTray /> : null;
}
