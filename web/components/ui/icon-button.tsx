"use client";

import { Button, type ButtonProps } from "./button";
import { Icon, type IconLike } from "./icon";
import { Tooltip } from "./tooltip";

interface IconButtonProps extends Omit<ButtonProps, "children"> {
  /** What it does, for screen readers and as its tooltip. */
  label: string;
  icon: IconLike;
}

export function IconButton({ label, icon, variant = "ghost", size = "icon", ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label}>
      <Button aria-label={label} {...rest} variant={variant} size={size}>
        <Icon icon={icon} className="size-[1.125rem]" />
      </Button>
    </Tooltip>
  );
}
