"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";

import { SessionGate } from "@/features/account/SessionGate";

const load = () => import("./SignedIn").then((module) => module.SignedIn);
const SignedIn = dynamic(load, { ssr: false });

// Fetched while the server is asked who is signed in; the sign-in page does not need it.
if (typeof window !== "undefined") void load().catch(() => undefined);

export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <SessionGate>
      <SignedIn>{children}</SignedIn>
    </SessionGate>
  );
}
