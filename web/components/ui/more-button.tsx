"use client";

import { useMessages } from "@/lib/i18n";

import { Button, type ButtonProps } from "./button";
import { messages } from "./messages";

/** What a query of pages says of the next one. */
export interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface MoreButtonProps extends Omit<ButtonProps, "busy" | "onClick"> {
  of: Pages;
}

/** Below a list: fetches its next page. Nothing where there is none. */
export function MoreButton({ of, variant = "secondary", children, ...rest }: MoreButtonProps) {
  const t = useMessages(messages);
  if (!of.hasNextPage) return null;
  return (
    <Button {...rest} variant={variant} busy={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
      {children ?? t("showMore")}
    </Button>
  );
}
