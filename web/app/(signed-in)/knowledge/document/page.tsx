import { Suspense } from "react";

import { DocumentView } from "@/features/documents/DocumentView";

export default function Page() {
  return (
    <Suspense>
      <DocumentView />
    </Suspense>
  );
}
