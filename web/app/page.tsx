"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Everything starts at the chat. */
export default function Home() {
  const router = useRouter();
  useEffect(() => router.replace("/chat/"), [router]);
  return <main id="main" />;
}
