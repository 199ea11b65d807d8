import { LinkPage } from "@/features/account/LinkPage";

export default function Page() {
  return <LinkPage purpose="reset" />;
}
