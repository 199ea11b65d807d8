import { Building2, User, Users, UsersRound } from "lucide-react";

/** Whom a grant may name: how they look, and the key of what they are called. */
export const KINDS = {
  user: { icon: User, key: "kindUser" },
  group: { icon: Users, key: "kindGroup" },
  department: { icon: Building2, key: "kindDepartment" },
  tenant: { icon: UsersRound, key: "kindTenant" },
} as const;
