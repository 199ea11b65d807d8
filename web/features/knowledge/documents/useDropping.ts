"use client";

import { useEffect, useRef, useState } from "react";

/** True while files are held over the page; `onDrop` gets what is let go anywhere on it. */
export function useDropping(enabled: boolean, onDrop: (transfer: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false);
  const drop = useRef(onDrop);
  drop.current = onDrop;

  useEffect(() => {
    if (!enabled) return;
    // A drag enters every element it passes before it leaves the one before.
    let depth = 0;
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const listeners: [keyof WindowEventMap, (event: DragEvent) => void][] = [
      [
        "dragenter",
        (event) => {
          if (!holdsFiles(event)) return;
          depth += 1;
          setOver(true);
        },
      ],
      [
        "dragleave",
        (event) => {
          if (!holdsFiles(event)) return;
          depth = Math.max(0, depth - 1);
          if (depth === 0) setOver(false);
        },
      ],
      [
        "dragover",
        (event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
        },
      ],
      [
        "drop",
        (event) => {
          depth = 0;
          setOver(false);
          if (!holdsFiles(event) || !event.dataTransfer) return;
          event.preventDefault();
          drop.current(event.dataTransfer);
        },
      ],
    ];
    for (const [name, listener] of listeners) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of listeners) window.removeEventListener(name, listener as EventListener);
      setOver(false);
    };
  }, [enabled]);

  return over;
}
