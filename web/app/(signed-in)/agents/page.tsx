import { Suspense } from "react";

import { AgentsPage } from "@/features/agents/AgentsPage";

export default function Page() {
  return (
    <Suspense>
      <AgentsPage />
    </Suspense>
  );
}
