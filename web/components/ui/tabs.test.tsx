import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";

import { Tabs } from "./tabs";

afterEach(cleanup);

const TABS = [
  { value: "documents", label: "Documents" },
  { value: "search", label: "Search" },
  { value: "access", label: "Access" },
];

function Page() {
  const [value, setValue] = useState("documents");
  return (
    <Tabs value={value} onValueChange={setValue} tabs={TABS}>
      {value}
    </Tabs>
  );
}

test("one tab is in the tab order; arrows, Home and End choose another", () => {
  render(<Page />);
  const order = () => screen.getAllByRole("tab").map((tab) => tab.tabIndex);
  expect(order()).toEqual([0, -1, -1]);
  screen.getByRole("tab", { name: "Documents" }).focus();

  const press = (key: string) => fireEvent.keyDown(document.activeElement as Element, { key });
  press("ArrowLeft");
  expect(document.activeElement?.textContent).toBe("Access");
  expect(screen.getByRole("tabpanel", { name: "Access" }).textContent).toBe("access");
  expect(order()).toEqual([-1, -1, 0]);
  press("Home");
  expect(document.activeElement?.textContent).toBe("Documents");
  press("ArrowRight");
  expect(screen.getByRole("tab", { selected: true }).textContent).toBe("Search");
});
