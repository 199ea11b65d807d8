"use client";

import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

import { cn } from "@/lib/cn";

export interface Tab {
  value: string;
  label: ReactNode;
}

interface TabsProps {
  value: string;
  onValueChange: (value: string) => void;
  tabs: readonly Tab[];
  /** What the chosen tab shows. */
  children: ReactNode;
  label?: string;
  className?: string;
  panelClassName?: string;
}

/** Arrow keys, Home and End move between the tabs; only the chosen one is in the tab order. */
export function Tabs({ value, onValueChange, tabs, children, label, className, panelClassName }: TabsProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const chosen = tabs.findIndex((tab) => tab.value === value);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event.key, chosen, tabs.length);
    const tab = to === null ? undefined : tabs[to];
    if (!tab || to === null) return;
    event.preventDefault();
    onValueChange(tab.value);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[to]?.focus();
  };

  return (
    <div className={className}>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="flex gap-1 overflow-x-auto border-line border-b [scrollbar-width:none]"
      >
        {tabs.map((tab, index) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === value || (chosen < 0 && index === 0) ? 0 : -1}
            onClick={() => onValueChange(tab.value)}
            className={cn(
              "h-10 shrink-0 whitespace-nowrap border-transparent border-b-2 px-3 font-medium text-muted transition-colors",
              "hover:text-text focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:text-text",
            )}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={cn("pt-5", panelClassName)}>
        {children}
      </div>
    </div>
  );
}

function target(key: string, chosen: number, count: number): number | null {
  if (key === "ArrowRight") return (chosen + 1) % count;
  if (key === "ArrowLeft") return (chosen - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
