import { OrganisationPage } from "@/features/administration/organisation/OrganisationPage";

export default function Page() {
  return <OrganisationPage />;
}
