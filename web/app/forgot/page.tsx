import { ForgotPage } from "@/features/account/ForgotPage";

export default function Page() {
  return <ForgotPage />;
}
