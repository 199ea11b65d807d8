import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { type Pick, Picker } from "./picker";

afterEach(cleanup);

const FOUND: Pick[] = [
  { id: "a", name: "Ada", detail: "ada@acme.test" },
  { id: "g", name: "Grace" },
];

function show(props: Partial<Parameters<typeof Picker<Pick>>[0]> = {}) {
  const onPick = vi.fn();
  const onType = vi.fn();
  const onSubmit = vi.fn((event) => event.preventDefault());
  render(
    <form onSubmit={onSubmit}>
      <Picker label="Person" typed="a" onType={onType} found={FOUND} onPick={onPick} {...props} />
    </form>,
  );
  const field = screen.getByRole("combobox", { name: "Person" });
  fireEvent.focus(field);
  return { field, onPick, onType, onSubmit };
}

const chosen = () => screen.getAllByRole("option").find((one) => one.getAttribute("aria-selected") === "true");

test("the arrows go round, and Enter takes what is chosen and empties the field", () => {
  const { field, onPick, onType } = show();
  expect(chosen()?.textContent).toContain("Ada");
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(chosen()?.textContent).toContain("Grace");
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onPick).toHaveBeenCalledWith(FOUND[1]);
  expect(onType).toHaveBeenLastCalledWith("");
  expect(field.getAttribute("aria-expanded")).toBe("false");
});

test("what was found for something else is not taken by Enter", () => {
  const { field, onPick } = show({ stale: true });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onPick).not.toHaveBeenCalled();
});

test("Escape closes the list, and where one is kept its name stays", () => {
  const { field, onPick } = show({ picked: null });
  fireEvent.keyDown(field, { key: "Escape" });
  expect(field.getAttribute("aria-expanded")).toBe("false");
  fireEvent.change(field, { target: { value: "gr" } });
  expect(field.getAttribute("aria-expanded")).toBe("true");
  expect(onPick).not.toHaveBeenCalled();
});

test("it says when nothing is found", () => {
  show({ found: [] });
  expect(screen.getByRole("status").textContent).toBe("Nothing found.");
});
