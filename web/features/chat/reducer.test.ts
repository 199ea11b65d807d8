import { describe, expect, it } from "vitest";

import { apply, begin, LAST, type LiveRun } from "./reducer";
import { countSteps, currentStep, subjectOf } from "./steps";
import type { Step } from "./types";

const fold = (...events: [string, unknown][]): LiveRun =>
  events.reduce(
    (run, [event, data], number) => apply(run, { id: String(number + 1), event, data }),
    begin("r", "c", "q"),
  );

const STARTED: [string, unknown][] = [
  ["run.started", {}],
  ["retrieval.finished", { knowledge_bases: 3, searched: 40, passages: 8, confident: true, kind: "generated" }],
  ["citation.added", { number: 1 }],
  ["text.delta", { text: "It is " }],
  ["text.delta", { text: "so [1]." }],
];

describe("a run's events", () => {
  it("add up to the answer", () => {
    expect(fold(...STARTED)).toEqual({
      ...begin("r", "c", "q"),
      kind: "generated",
      searched: { knowledgeBases: 3, passages: 8 },
      citations: [{ number: 1 }],
      text: "It is so [1].",
    });
    expect(fold(...STARTED, ["run.succeeded", { message_id: "m", usage: null }])).toMatchObject({
      state: "succeeded",
      messageId: "m",
      failure: null,
      text: "It is so [1].",
    });
  });

  it("keep what was said when it is stopped or fails", () => {
    expect(fold(...STARTED, ["run.cancelled", { message_id: "m" }])).toMatchObject({
      state: "cancelled",
      messageId: "m",
      text: "It is so [1].",
      failure: null,
    });
    expect(
      fold(...STARTED, ["run.failed", { message_id: null, code: "model_unavailable", detail: "No model." }]),
    ).toMatchObject({
      state: "failed",
      messageId: null,
      text: "It is so [1].",
      failure: { code: "model_unavailable", detail: "No model." },
    });
    expect(fold(["run.failed", {}])).toMatchObject({
      state: "failed",
      messageId: null,
      failure: { code: "", detail: "" },
    });
  });

  it("of kinds that are not known change nothing, not even the object", () => {
    const run = fold(...STARTED);
    for (const event of ["tool.invented", "conversation.titled", "run.paused", "message", ""])
      expect(apply(run, { id: "9", event, data: { text: "?" } })).toBe(run);
  });

  it("change no run that was there before", () => {
    const before = fold(...STARTED);
    const copy = structuredClone(before);
    apply(before, { id: "6", event: "text.delta", data: { text: "more" } });
    apply(before, { id: "7", event: "citation.added", data: { number: 2 } });
    expect(before).toEqual(copy);
  });

  it("bear words that are missing", () => {
    expect(fold(["text.delta", {}]).text).toBe("");
    expect(fold(["retrieval.finished", { kind: "somehow" }]).kind).toBe("extractive");
  });

  it("end with one of three", () => {
    expect([...LAST].map((event) => fold([event, {}]).state)).toEqual(["succeeded", "failed", "cancelled"]);
  });

  it("tell what the model's tools do", () => {
    const called: [string, unknown] = [
      "tool.called",
      { id: "1", name: "search_knowledge", source: "", arguments: { query: "seal" } },
    ];
    const asked = fold(...STARTED, called, ["approval.requested", { id: "1", name: "x", arguments: { q: 1 } }]);
    expect(currentStep(asked.steps)).toMatchObject({ id: "1", approval: "requested", ms: null });
    const reading = fold(...STARTED, called, ["tool.progress", { id: "1", covered: [3, 40] }]);
    expect(currentStep(reading.steps)).toMatchObject({ covered: [3, 40], found: null });
    const finished = fold(
      ...STARTED,
      called,
      ["approval.given", { id: "1", allowed: false, expired: true }],
      ["tool.finished", { id: "1", found: 2, documents: [], failed: null, refused: true, ms: 5 }],
    );
    expect(finished.steps).toMatchObject([{ approval: "expired", found: 2, refused: true, ms: 5 }]);
    expect(currentStep(finished.steps)).toBeUndefined();
    expect(subjectOf(finished.steps[0] as Step)).toBe("seal");
    expect(countSteps(finished.steps)).toEqual([{ kind: "searches", count: 1 }]);
  });
});
