import { Suspense } from "react";

import { MembersPage } from "@/features/structure/groups/MembersPage";

export default function Page() {
  return (
    <Suspense>
      <MembersPage />
    </Suspense>
  );
}
