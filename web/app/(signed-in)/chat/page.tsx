import { Suspense } from "react";

import { ChatPage } from "@/features/chat/ChatPage";

export default function Page() {
  return (
    <Suspense>
      <ChatPage />
    </Suspense>
  );
}
