"use client";

import dynamic from "next/dynamic";

import { TextSkeleton } from "./TextSkeleton";

export interface DocumentTextProps {
  documentId: string;
  versionId: string | undefined;
  /** The span to show, in characters of the version's text. */
  start: number;
  end: number;
}

/** The stored text around a span, readable and safe. What reads it is loaded when a text is opened. */
export const DocumentText = dynamic<DocumentTextProps>(() => import("./TextView").then((module) => module.TextView), {
  ssr: false,
  loading: TextSkeleton,
});
