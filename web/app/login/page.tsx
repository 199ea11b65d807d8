import { Suspense } from "react";

import { LoginPage } from "@/features/account/LoginPage";

export default function Page() {
  return (
    <Suspense>
      <LoginPage />
    </Suspense>
  );
}
