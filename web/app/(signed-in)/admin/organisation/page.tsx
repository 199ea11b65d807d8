import { OrganisationPage } from "@/features/structure/organisation/OrganisationPage";

export default function Page() {
  return <OrganisationPage />;
}
