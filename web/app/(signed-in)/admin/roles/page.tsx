import { RolesPage } from "@/features/administration/roles/RolesPage";

export default function Page() {
  return <RolesPage />;
}
