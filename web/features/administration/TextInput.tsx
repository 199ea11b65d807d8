"use client";

import type { ComponentProps } from "react";

import { Input } from "@/components/ui/input";

type TextInputProps = Omit<ComponentProps<typeof Input>, "onChange"> & { onText: (text: string) => void };

/** For names, addresses and keys, which a browser neither fills in nor checks the spelling of. */
export function TextInput({ onText, ...rest }: TextInputProps) {
  return <Input autoComplete="off" spellCheck={false} {...rest} onChange={(event) => onText(event.target.value)} />;
}
