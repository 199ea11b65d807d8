import { GroupsPage } from "@/features/structure/groups/GroupsPage";

export default function Page() {
  return <GroupsPage />;
}
