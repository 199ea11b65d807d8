"use client";

import { Check } from "lucide-react";
import {
  type ComponentProps,
  createContext,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import { cn } from "@/lib/cn";

import { type Align, Floating, type Side, trigger, useLeave } from "./floating";
import { Icon, type IconLike } from "./icon";

interface Context {
  open: boolean;
  /** Which item takes the focus when it opens; null: closed. */
  start: "first" | "last" | null;
  setStart: (start: "first" | "last" | null) => void;
  leave: () => void;
  id: string;
  anchor: RefObject<HTMLElement | null>;
  box: RefObject<HTMLDivElement | null>;
}

const MenuContext = createContext<Context | null>(null);

function useMenu(): Context {
  const context = useContext(MenuContext);
  if (!context) throw new Error("It must stand inside a DropdownMenu.");
  return context;
}

interface DropdownMenuProps {
  children: ReactNode;
  onOpenChange?: (open: boolean) => void;
}

export function DropdownMenu({ children, onOpenChange }: DropdownMenuProps) {
  const [start, set] = useState<"first" | "last" | null>(null);
  const id = useId();
  const anchor = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const setStart = (next: "first" | "last" | null) => {
    set(next);
    if ((next === null) !== (start === null)) onOpenChange?.(next !== null);
  };
  const leave = () => {
    setStart(null);
    anchor.current?.focus();
  };
  const open = start !== null;
  useLeave(open, [anchor, box], (by) => (by === "escape" ? leave() : setStart(null)));
  return <MenuContext value={{ open, start, setStart, leave, id, anchor, box }}>{children}</MenuContext>;
}

export function DropdownMenuTrigger({ children }: { children: ReactNode; asChild?: boolean }) {
  const { open, setStart, id, anchor } = useMenu();
  return trigger(children, {
    ref: anchor,
    "aria-haspopup": "menu",
    "aria-expanded": open,
    "aria-controls": open ? id : undefined,
    onClick: () => setStart(open ? null : "first"),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      setStart(event.key === "ArrowDown" ? "first" : "last");
    },
  });
}

interface DropdownMenuContentProps extends ComponentProps<"div"> {
  side?: Side;
  align?: Align;
}

export function DropdownMenuContent({ className, align = "end", ...rest }: DropdownMenuContentProps) {
  const { open, start, leave, setStart, id, anchor, box } = useMenu();
  const typed = useRef({ text: "", at: 0 });

  useLayoutEffect(() => {
    const items = itemsOf(box.current);
    if (open) (start === "last" ? items.at(-1) : items[0])?.focus({ preventScroll: true });
  }, [open, start, box]);

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Tab") {
      event.preventDefault();
      leave();
      return;
    }
    const items = itemsOf(box.current);
    const current = items.indexOf(document.activeElement as HTMLElement);
    const to = target(event, items, current, typed.current);
    if (!to) return;
    event.preventDefault();
    to.focus();
  };

  if (!open) return null;
  return (
    <Floating
      portal
      align={align}
      {...rest}
      ref={box}
      id={id}
      role="menu"
      aria-label={anchor.current?.getAttribute("aria-label") ?? anchor.current?.textContent ?? undefined}
      tabIndex={-1}
      anchor={anchor}
      onKeyDown={onKeyDown}
      onContextMenu={() => setStart(null)}
      className={cn("min-w-48 p-1 outline-none", className)}
    />
  );
}

function itemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])') ?? [])];
}

function target(event: KeyboardEvent, items: HTMLElement[], current: number, typed: { text: string; at: number }) {
  if (event.key === "ArrowDown") return items[(current + 1) % items.length];
  if (event.key === "ArrowUp") return items.at(current <= 0 ? -1 : current - 1);
  if (event.key === "Home") return items[0];
  if (event.key === "End") return items.at(-1);
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  // What is typed in quick succession is the beginning of an item's text.
  const time = Date.now();
  typed.text = (time - typed.at < 700 ? typed.text : "") + event.key.toLowerCase();
  typed.at = time;
  const from = typed.text.length > 1 ? current : current + 1;
  return [...items.slice(from), ...items.slice(0, from)].find((item) =>
    item.textContent?.trim().toLowerCase().startsWith(typed.text),
  );
}

interface ItemProps {
  onSelect: () => void;
  danger?: boolean;
  icon?: IconLike;
  disabled?: boolean;
  children: ReactNode;
  className?: string;
}

const ITEM = cn(
  "flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left outline-none",
  "focus:bg-sunken aria-disabled:cursor-not-allowed aria-disabled:opacity-50",
);

export function DropdownMenuItem({ onSelect, danger, icon, disabled, children, className }: ItemProps) {
  return (
    <Item role="menuitem" onSelect={onSelect} disabled={disabled} className={cn(danger && "text-danger", className)}>
      {icon && <Icon icon={icon} className={cn("size-4 shrink-0", !danger && "text-muted")} />}
      {children}
    </Item>
  );
}

/** One of several, of which one is chosen. */
export function DropdownMenuRadioItem({
  checked,
  children,
  ...rest
}: Omit<ItemProps, "danger" | "icon"> & { checked: boolean }) {
  return (
    <Item role="menuitemradio" aria-checked={checked} {...rest}>
      <Check aria-hidden className={cn("size-4 shrink-0 text-accent", !checked && "invisible")} />
      {children}
    </Item>
  );
}

interface PlainItemProps extends Omit<ComponentProps<"button">, "onSelect" | "disabled"> {
  onSelect: () => void;
  disabled?: boolean | undefined;
}

function Item({ onSelect, disabled, className, ...rest }: PlainItemProps) {
  const { leave } = useMenu();
  return (
    <button
      {...rest}
      type="button"
      tabIndex={-1}
      aria-disabled={disabled || undefined}
      onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
      onClick={() => {
        if (disabled) return;
        // First, so that a dialog which it opens gives the focus back to the trigger.
        leave();
        onSelect();
      }}
      className={cn(ITEM, className)}
    />
  );
}

export function DropdownMenuLabel({ children }: { children: ReactNode }) {
  return <div className="px-2.5 pt-2 pb-1 font-medium text-muted text-xs">{children}</div>;
}

export function DropdownMenuSeparator() {
  return <hr className="my-1 border-line" />;
}
