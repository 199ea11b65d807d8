import { Suspense } from "react";

import { AgentPage } from "@/features/agents/AgentPage";

export default function Page() {
  return (
    <Suspense>
      <AgentPage />
    </Suspense>
  );
}
