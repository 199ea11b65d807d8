import { Suspense } from "react";

import { SharedPage } from "@/features/chat/share/SharedPage";

export default function Page() {
  return (
    <Suspense>
      <SharedPage />
    </Suspense>
  );
}
