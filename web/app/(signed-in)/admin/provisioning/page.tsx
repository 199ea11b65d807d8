import { ProvisioningPage } from "@/features/administration/provisioning/ProvisioningPage";

export default function Page() {
  return <ProvisioningPage />;
}
