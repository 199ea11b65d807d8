import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { HoverCard, HoverCardContent, HoverCardTrigger } from "./hover-card";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show() {
  render(
    <HoverCard>
      <HoverCardTrigger>
        <button type="button">[1]</button>
      </HoverCardTrigger>
      <HoverCardContent>Twenty-eight days</HoverCardContent>
    </HoverCard>,
  );
  return screen.getByRole("button");
}

const card = () => screen.queryByText("Twenty-eight days");

test("it opens on focus and describes its trigger; Escape closes it and the focus stays", () => {
  const button = show();
  act(() => button.focus());
  expect(card()?.id).toBe(button.getAttribute("aria-describedby"));
  fireEvent.keyDown(button, { key: "Escape" });
  expect(card()).toBeNull();
  expect(document.activeElement).toBe(button);
});

test("it opens where the pointer rests, and one may go into it", () => {
  const button = show();
  fireEvent.pointerOver(button);
  expect(card()).toBeNull();
  act(() => vi.advanceTimersByTime(300));
  fireEvent.pointerOut(button);
  fireEvent.pointerOver(card() as Element);
  act(() => vi.advanceTimersByTime(1_000));
  expect(card()).toBeTruthy();
  fireEvent.pointerOut(card() as Element);
  act(() => vi.advanceTimersByTime(1_000));
  expect(card()).toBeNull();
});

test("a popover takes the focus and gives it back", () => {
  render(
    <Popover>
      <PopoverTrigger>
        <button type="button">Comment</button>
      </PopoverTrigger>
      <PopoverContent label="Your comment">
        <textarea aria-label="Text" />
      </PopoverContent>
    </Popover>,
  );
  const button = screen.getByRole("button", { name: "Comment" });
  fireEvent.click(button);
  expect(document.activeElement).toBe(screen.getByLabelText("Text"));
  fireEvent.keyDown(document.activeElement as Element, { key: "Escape" });
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(button);
});
