import { LogIn } from "lucide-react";

import { buttonClass } from "@/components/ui/button";
import { useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { providerStart, useSignInMethods } from "./single-sign-on";

/** A link to each identity provider; nothing where there is none. */
export function ProviderButtons({ next, primary }: { next: string; primary?: boolean }) {
  const t = useMessages(messages);
  const methods = useSignInMethods();
  return methods.data?.providers.map((provider) => (
    <a
      key={provider.id}
      href={providerStart(next)}
      className={buttonClass(primary ? "primary" : "secondary", "md", "w-full")}
    >
      <LogIn aria-hidden className="size-4" />
      {t("continueWith", { provider: provider.label })}
    </a>
  ));
}
