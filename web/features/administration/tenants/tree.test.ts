import { expect, test } from "vitest";

import { placesFor, treeOf } from "./tree";

const parts = [
  { id: "group", parent_id: null, name: "Group" },
  { id: "company", parent_id: "group", name: "Company" },
  { id: "unit", parent_id: "company", name: "Unit" },
  { id: "lost", parent_id: "gone", name: "Lost" },
];

test("each stands below its parent, and nothing is lost", () => {
  const [group, lost] = treeOf(parts);
  expect(group?.one.id).toBe("group");
  expect(group?.below[0]?.below[0]?.one.id).toBe("unit");
  expect(lost?.one.id).toBe("lost");
});

test("nothing is moved below itself", () => {
  expect(placesFor(parts, "company").map((place) => place.one.id)).toEqual(["group", "lost"]);
  expect(placesFor(parts, "unit").map((place) => place.depth)).toEqual([0, 1, 0]);
});
