import { KeysPage } from "@/features/account/keys/KeysPage";

export default function Page() {
  return <KeysPage />;
}
