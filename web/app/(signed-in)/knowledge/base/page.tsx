import { Suspense } from "react";

import { BasePage } from "@/features/knowledge/BasePage";

export default function Page() {
  return (
    <Suspense>
      <BasePage />
    </Suspense>
  );
}
