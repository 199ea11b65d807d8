import { useMessages } from "@/lib/i18n";

import { messages as roleMessages } from "../roles/messages";
import { messages } from "./messages";
import { ROLES, type Role } from "./queries";

/** Says of roles whose they are, in a few words. */
export function useWho(): (roles: readonly Role[]) => string {
  const t = useMessages(messages);
  const r = useMessages(roleMessages);
  return (roles) => {
    if (roles.length === 0) return t("nobody");
    if (roles.length === ROLES.length) return t("everyone");
    return ROLES.filter((role) => roles.includes(role))
      .map((role) => r(`role_${role}`))
      .join(", ");
  };
}
