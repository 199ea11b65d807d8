import type { ReactNode } from "react";

import { AdminFrame } from "@/features/administration/frame/AdminFrame";

export default function AdminLayout({ children }: { children: ReactNode }) {
  return <AdminFrame>{children}</AdminFrame>;
}
