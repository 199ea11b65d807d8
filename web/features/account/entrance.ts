import type { Schemas } from "@/lib/api/client";
import { accept, type SignIn, send } from "@/lib/session";

/** What is still to be done after a right password. */
export type Step = Schemas["SecondStep"];
export type Enrolment = Schemas["EnrolmentView"];
export type Invited = Schemas["LinkView"];
export type LinkPurpose = "invite" | "reset";

type Door = "/api/auth/login" | "/api/auth/invitation" | "/api/auth/password-reset" | "/api/auth/sign-up";

/** Through one of the doors that ask for a password: in, or before the second step. Throws Problem. */
export async function enter(door: Door, body: unknown): Promise<Step | null> {
  const answer = await send<SignIn | Step>(door, body);
  if ("challenge" in answer) return answer;
  accept(answer);
  return null;
}

/** In without a proof, where the server is set up for development. Throws Problem. */
export async function enterAsDeveloper(): Promise<void> {
  accept(await send<SignIn>("/api/auth/developer", {}));
}

/** The second step: a code of the app, or a recovery code. Throws Problem. */
export async function giveCode(challenge: string, code: string): Promise<void> {
  accept(await send<SignIn>("/api/auth/second-factor", { challenge, code }));
}

export function beginEnrolment(challenge: string): Promise<Enrolment> {
  return send<Enrolment>("/api/auth/second-factor/enrolment", { challenge });
}

interface Enrolled {
  codes: string[];
  /** Goes on: the codes are shown before, for the page behind would take their place. */
  enter: () => void;
}

export async function confirmEnrolment(challenge: string, code: string): Promise<Enrolled> {
  const answer = await send<SignIn & { recovery_codes: string[] }>("/api/auth/second-factor/enrolment/confirm", {
    challenge,
    code,
  });
  return { codes: answer.recovery_codes, enter: () => accept(answer) };
}

export function lookAtLink(purpose: LinkPurpose, token: string): Promise<Invited> {
  return send<Invited>("/api/auth/link", { purpose, token });
}
