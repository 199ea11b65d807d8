import { Suspense } from "react";

import { PeoplePage } from "@/features/people/PeoplePage";

export default function Page() {
  return (
    <Suspense>
      <PeoplePage />
    </Suspense>
  );
}
