import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Toaster, toast } from "./toast";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  act(() => vi.runAllTimers());
  cleanup();
  vi.useRealTimers();
});

test("it is said in a region that was there before, and goes by itself", () => {
  render(<Toaster />);
  const region = screen.getByRole("list", { hidden: true });
  expect(region.getAttribute("aria-live")).toBe("polite");
  act(() => void toast({ title: "Saved" }));
  expect(region.textContent).toContain("Saved");
  act(() => vi.advanceTimersByTime(5_000));
  expect(region.textContent).toBe("");
});

test("a failure is an alert", () => {
  render(<Toaster />);
  act(() => void toast({ title: "Not saved", tone: "danger" }));
  expect(screen.getByRole("alert", { hidden: true }).textContent).toContain("Not saved");
});

test("what one is about to press stays", () => {
  const onClick = vi.fn();
  render(<Toaster />);
  act(() => void toast({ title: "Deleted", action: { label: "Undo", onClick } }));
  const undo = screen.getByRole("button", { name: "Undo", hidden: true });
  act(() => undo.focus());
  act(() => vi.advanceTimersByTime(60_000));
  fireEvent.click(undo);
  expect(onClick).toHaveBeenCalledOnce();
  expect(screen.queryByText("Deleted")).toBeNull();
});
