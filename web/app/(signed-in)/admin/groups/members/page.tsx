import { Suspense } from "react";

import { MembersPage } from "@/features/administration/groups/MembersPage";

export default function Page() {
  return (
    <Suspense>
      <MembersPage />
    </Suspense>
  );
}
