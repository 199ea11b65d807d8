import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** With a `label` it can be scrolled by keyboard; needed where a wide table holds nothing that takes the focus. */
export function Table({ className, label, ...rest }: ComponentProps<"table"> & { label?: string }) {
  const table = <table {...rest} className={cn("w-full border-collapse text-left text-sm", className)} />;
  if (!label) return <div className="w-full overflow-x-auto">{table}</div>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus
    <section aria-label={label} tabIndex={0} className="w-full overflow-x-auto">
      {table}
    </section>
  );
}

export function TableHeader({ className, ...rest }: ComponentProps<"thead">) {
  return <thead {...rest} className={cn("border-line border-b", className)} />;
}

export function TableBody({ className, ...rest }: ComponentProps<"tbody">) {
  return <tbody {...rest} className={cn("divide-y divide-line", className)} />;
}

export function TableRow({ className, ...rest }: ComponentProps<"tr">) {
  return <tr {...rest} className={cn("transition-colors hover:bg-sunken aria-selected:bg-accent-soft", className)} />;
}

interface TableHeadProps extends ComponentProps<"th"> {
  sort?: "ascending" | "descending" | undefined;
  /** The column can be sorted by. */
  onSort?: () => void;
}

export function TableHead({ sort, onSort, className, children, ...rest }: TableHeadProps) {
  const Arrow = sort === "ascending" ? ArrowUp : sort === "descending" ? ArrowDown : ChevronsUpDown;
  return (
    <th
      scope="col"
      {...rest}
      aria-sort={onSort ? (sort ?? "none") : undefined}
      className={cn("h-10 whitespace-nowrap px-3 font-medium text-muted", className)}
    >
      {onSort ? (
        <button
          type="button"
          onClick={onSort}
          className={cn(
            "-mx-1.5 inline-flex h-7 items-center gap-1 rounded-md px-1.5 hover:text-text",
            sort && "text-text",
          )}
        >
          {children}
          <Arrow aria-hidden className={cn("size-3.5", !sort && "opacity-60")} />
        </button>
      ) : (
        children
      )}
    </th>
  );
}

export function TableCell({ className, ...rest }: ComponentProps<"td">) {
  return <td {...rest} className={cn("px-3 py-2.5 align-middle", className)} />;
}
