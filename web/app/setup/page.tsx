import { SetUpPage } from "@/features/account/SetUpPage";

export default function Page() {
  return <SetUpPage />;
}
