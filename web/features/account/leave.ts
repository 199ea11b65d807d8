import { signOut } from "@/lib/session";

import { LOGIN } from "./places";
import { PROVIDER_LOGOUT } from "./single-sign-on";

/** Signs out and loads a fresh page: nothing of the person stays in memory. Of the provider too, where one let them in. */
export async function leave(singleSignOn = false): Promise<void> {
  if (singleSignOn) {
    // Half-written questions are nobody else's.
    sessionStorage.clear();
    location.assign(PROVIDER_LOGOUT);
    return;
  }
  await signOut().catch(() => undefined);
  location.assign(LOGIN);
}
