import { ProvisioningPage } from "@/features/provisioning/ProvisioningPage";

export default function Page() {
  return <ProvisioningPage />;
}
