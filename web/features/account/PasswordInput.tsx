"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";

/** A password, which can be made visible: typing blind makes people choose short ones. */
export function PasswordInput(props: ComponentProps<"input">) {
  const t = useMessages(messages);
  const [shown, setShown] = useState(false);
  return (
    <span className="relative block">
      <Input {...props} type={shown ? "text" : "password"} spellCheck={false} autoCapitalize="none" className="pr-11" />
      <IconButton
        label={t(shown ? "hidePassword" : "showPassword")}
        icon={shown ? EyeOff : Eye}
        onClick={() => setShown(!shown)}
        className="absolute top-1 right-1 size-8 text-muted"
      />
    </span>
  );
}
