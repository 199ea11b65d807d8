import { PeoplePage } from "@/features/people/PeoplePage";

export default function Page() {
  return <PeoplePage />;
}
