import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { take } from "./changes";
import { flatten } from "./pages";
import { keys } from "./queries";
import type { KnowledgeDocument } from "./types";

const document = (id: string, state: string) => ({ id, state }) as KnowledgeDocument;
const progress = { documents: { ready: 1 }, pages: 1, chunks: 1 };

function clientWith(...documents: KnowledgeDocument[]): { client: QueryClient; states: () => string[] } {
  const client = new QueryClient();
  const key = [...keys.documents("kb"), { name: "" }, "name", false];
  client.setQueryData(key, { pages: [{ items: documents, next_cursor: null }], pageParams: [undefined] });
  const states = () => {
    const data = client.getQueryData<Parameters<typeof flatten<KnowledgeDocument>>[0]>(key);
    return flatten(data).map((one) => `${one.id} ${one.state}`);
  };
  return { client, states };
}

describe("changes that the server tells", () => {
  it("take their place in every list", () => {
    const { client, states } = clientWith(document("a", "queued"), document("b", "queued"));
    const unknown = take(client, "kb", { documents: [document("b", "ready")], progress });
    expect(states()).toEqual(["a queued", "b ready"]);
    expect(unknown).toBe(false);
    expect(client.getQueryData(keys.progress("kb"))).toEqual(progress);
  });

  it("ask for the list when there is a document it does not have", () => {
    const { client } = clientWith(document("a", "queued"));
    expect(take(client, "kb", { documents: [document("new", "queued")], progress })).toBe(true);
  });

  it("take away what was deleted", () => {
    const { client, states } = clientWith(document("a", "ready"), document("b", "ready"));
    take(client, "kb", { documents: [], removed: ["a"], progress });
    expect(states()).toEqual(["b ready"]);
  });

  it("leave the lists of other knowledge bases alone", () => {
    const { client, states } = clientWith(document("a", "queued"));
    take(client, "other", { documents: [document("a", "ready")], progress });
    expect(states()).toEqual(["a queued"]);
  });
});
