import { TenantsPage } from "@/features/administration/tenants/TenantsPage";

export default function Page() {
  return <TenantsPage />;
}
