"use client";

import { Paperclip } from "lucide-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";

import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

interface DropZoneProps {
  className: string;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");

/** Takes files that are dropped anywhere on what is inside. */
export function DropZone({ className, onFiles, children }: DropZoneProps) {
  const t = useMessages(messages);
  const [over, setOver] = useState(false);
  // Each element that the pointer enters and leaves is told of apart.
  const depth = useRef(0);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button next to the question does the same
    <div
      className={className}
      onDragEnter={(event) => {
        if (!hasFiles(event)) return;
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (hasFiles(event)) event.preventDefault();
      }}
      onDragLeave={(event) => {
        if (!hasFiles(event)) return;
        depth.current -= 1;
        if (depth.current <= 0) leave();
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        leave();
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-3 z-20 grid place-items-center rounded-2xl border-2 border-accent border-dashed bg-ground/90">
          <div className="flex flex-col items-center gap-2 text-center">
            <Paperclip aria-hidden className="size-7 text-accent" />
            <p className="font-medium">{t("drop")}</p>
            <p className="text-muted text-sm">{t("dropHint")}</p>
          </div>
        </div>
      )}
    </div>
  );
}
