import { SignUpPage } from "@/features/account/SignUpPage";

export default function Page() {
  return <SignUpPage />;
}
