"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { ErrorState } from "@/components/ui/error-state";
import { MoreButton } from "@/components/ui/more-button";
import { Skeleton } from "@/components/ui/skeleton";
import { useMessages } from "@/lib/i18n";

import { ConversationRow } from "./ConversationRow";
import { FolderList } from "./folders/FolderList";
import { groupByDate } from "./groups";
import { GoingNotice } from "./keeping/GoingNotice";
import { messages } from "./messages";
import { useConversations } from "./queries";

/** One's own conversations for the rail: pinned first, then by date. */
export function ConversationList() {
  const t = useMessages(messages);
  const router = useRouter();
  const current = useSearchParams().get("c");
  const conversations = useConversations();
  const items = conversations.data?.pages.flatMap((page) => page.items) ?? [];

  const leave = (id: string) => {
    if (id === current) router.push("/chat/");
  };

  if (conversations.isPending) {
    return (
      <div className="space-y-2 px-2 py-2" role="status" aria-label={t("loading")}>
        {["a", "b", "c"].map((key) => (
          <Skeleton key={key} className="h-7 w-full" />
        ))}
      </div>
    );
  }
  if (conversations.isError && !items.length) {
    return <ErrorState problem={conversations.error} onRetry={() => void conversations.refetch()} />;
  }
  if (!items.length) return <p className="px-3 py-2 text-muted text-sm">{t("noConversations")}</p>;
  return (
    <nav aria-label={t("conversations")} className="space-y-4 px-1 pb-4">
      <GoingNotice />
      <FolderList current={current} onGone={leave} />
      {groupByDate(items.filter((one) => one.folder_id === null)).map(([group, found]) => (
        <section key={group} aria-label={t(group)}>
          <h2 className="px-2 pb-1 font-medium text-muted text-xs">{t(group)}</h2>
          <ul>
            {found.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === current}
                onGone={() => leave(conversation.id)}
              />
            ))}
          </ul>
        </section>
      ))}
      <MoreButton of={conversations} size="sm" variant="ghost" />
    </nav>
  );
}
