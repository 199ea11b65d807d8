import { GroupsPage } from "@/features/administration/groups/GroupsPage";

export default function Page() {
  return <GroupsPage />;
}
