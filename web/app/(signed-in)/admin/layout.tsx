import type { ReactNode } from "react";

import { AdminFrame } from "@/features/administration/AdminFrame";

export default function AdminLayout({ children }: { children: ReactNode }) {
  return <AdminFrame>{children}</AdminFrame>;
}
