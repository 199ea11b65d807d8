import { TenantsPage } from "@/features/structure/tenants/TenantsPage";

export default function Page() {
  return <TenantsPage />;
}
