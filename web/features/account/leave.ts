import { signOut } from "@/lib/session";

import { LOGIN } from "./places";

/** Signs out and loads a fresh page: nothing of the person stays in memory. */
export async function leave(): Promise<void> {
  await signOut().catch(() => undefined);
  location.assign(LOGIN);
}
