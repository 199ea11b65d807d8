"use client";

import { Inbox } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/ui/empty-state";
import { Select } from "@/components/ui/select";
import { Tabs } from "@/components/ui/tabs";
import { VisuallyHidden } from "@/components/ui/visually-hidden";
import { useMessages } from "@/lib/i18n";
import { useTitle } from "@/lib/title";

import { Listing, PageFrame } from "../Listing";
import { Cases } from "./Cases";
import { FeedbackCard } from "./FeedbackCard";
import { messages } from "./messages";
import { type Entry, STATES, type State, useCounts, useFeedback } from "./queries";

const CASES = "cases";

/** The queue of what people think of answers, and the questions that came out of it. */
export function FeedbackPage() {
  const t = useMessages(messages);
  useTitle(t("title"));
  const [tab, setTab] = useState<State | typeof CASES>("pending");
  const counts = useCounts();
  const tabs = STATES.map((state) => {
    const count = counts.data?.[state];
    return { value: state as string, label: count ? `${t(state)} (${count})` : t(state) };
  });
  return (
    <PageFrame title={t("title")} lead={t("lead")}>
      <Tabs
        label={t("states")}
        value={tab}
        onValueChange={(value) => setTab(value as typeof tab)}
        tabs={[...tabs, { value: CASES, label: t("cases") }]}
        panelClassName="pt-6"
      >
        {tab === CASES ? <Cases /> : <Queue key={tab} state={tab} />}
      </Tabs>
    </PageFrame>
  );
}

function Queue({ state }: { state: State }) {
  const t = useMessages(messages);
  const [rating, setRating] = useState<Entry["rating"] | "">("");
  const query = useFeedback(state, rating);
  return (
    <>
      <search className="mb-4 block max-w-60">
        <Select
          aria-label={t("rating")}
          value={rating}
          onChange={(event) => setRating(event.target.value as typeof rating)}
        >
          <option value="">{t("any")}</option>
          <option value="down">{t("down")}</option>
          <option value="up">{t("up")}</option>
        </Select>
      </search>
      <VisuallyHidden role="status">{query.isSuccess ? t("shown", { count: query.items.length }) : ""}</VisuallyHidden>
      <Listing
        query={query}
        empty={
          <EmptyState
            icon={Inbox}
            title={t("emptyTitle")}
            description={t(state === "pending" ? "emptyPending" : "emptyOther")}
          />
        }
      >
        <ul className="space-y-4">
          {query.items.map((entry) => (
            <li key={entry.id}>
              <FeedbackCard entry={entry} />
            </li>
          ))}
        </ul>
      </Listing>
    </>
  );
}
