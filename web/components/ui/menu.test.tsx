import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "./menu";

afterEach(cleanup);

function open(key?: string) {
  const onSelect = vi.fn();
  const onRow = vi.fn();
  render(
    // biome-ignore lint/a11y/noStaticElementInteractions: what stands around a menu
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div onClick={onRow}>
      <DropdownMenu>
        <DropdownMenuTrigger>
          <button type="button">More</button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuItem onSelect={() => onSelect("rename")}>Rename</DropdownMenuItem>
          <DropdownMenuItem onSelect={() => onSelect("move")} disabled>
            Move
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => onSelect("pin")}>Pin</DropdownMenuItem>
          <DropdownMenuItem onSelect={() => onSelect("delete")}>Delete</DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
    </div>,
  );
  const button = screen.getByRole("button", { name: "More" });
  if (key) fireEvent.keyDown(button, { key });
  else fireEvent.click(button);
  onRow.mockClear();
  return { button, onSelect, onRow };
}

const press = (key: string) => fireEvent.keyDown(document.activeElement as Element, { key });
const focused = () => document.activeElement?.textContent;

test("the arrows go round and leave out what cannot be chosen", () => {
  open();
  expect(screen.getByRole("menu", { name: "More" })).toBeTruthy();
  expect(focused()).toBe("Rename");
  press("ArrowDown");
  expect(focused()).toBe("Pin");
  press("ArrowUp");
  press("ArrowUp");
  expect(focused()).toBe("Delete");
  press("ArrowDown");
  expect(focused()).toBe("Rename");
  press("End");
  expect(focused()).toBe("Delete");
});

test("arrow up opens it at the end", () => {
  open("ArrowUp");
  expect(focused()).toBe("Delete");
});

test("letters find an item", () => {
  open();
  press("d");
  expect(focused()).toBe("Delete");
});

test.each(["Escape", "Tab"])("%s closes it and gives the focus back", (key) => {
  const { button } = open();
  press(key);
  expect(screen.queryByRole("menu")).toBeNull();
  expect(document.activeElement).toBe(button);
});

test("choosing closes it first, and presses nothing around it", () => {
  const { button, onSelect, onRow } = open();
  fireEvent.click(screen.getByRole("menuitem", { name: "Pin" }));
  expect(onSelect).toHaveBeenCalledWith("pin");
  expect(onRow).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(button);
});

test("what cannot be chosen does nothing", () => {
  const { onSelect } = open();
  fireEvent.click(screen.getByRole("menuitem", { name: "Move" }));
  expect(onSelect).not.toHaveBeenCalled();
  expect(screen.getByRole("menu")).toBeTruthy();
});

test("a press elsewhere closes it", () => {
  open();
  fireEvent.pointerDown(document.body);
  expect(screen.queryByRole("menu")).toBeNull();
});
