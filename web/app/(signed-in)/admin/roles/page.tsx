import { RolesPage } from "@/features/structure/roles/RolesPage";

export default function Page() {
  return <RolesPage />;
}
