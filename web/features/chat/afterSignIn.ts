import { Problem } from "@/lib/api/problem";
import { useSession } from "@/lib/session";

/**
 * Does what was wanted, and again after the person has signed in anew when the sign-in had ended: what was asked for
 * below the dialog goes on by itself.
 */
export async function afterSignIn<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 401) || !(await signedInAgain())) throw problem;
    }
  }
}

/** Resolves when the dialog was answered; false where there is none. */
function signedInAgain(): Promise<boolean> {
  if (useSession.getState().state !== "expired") return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = useSession.subscribe(({ state }) => {
      if (state === "expired") return;
      stop();
      resolve(state === "signed-in");
    });
  });
}
