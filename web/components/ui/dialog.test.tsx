import "./test-dialog";

import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";

import { Button } from "./button";
import { ConfirmDialog } from "./confirm-dialog";
import { Dialog } from "./dialog";
import { Input } from "./input";

afterEach(cleanup);

function Page({ dismissible = true }: { dismissible?: boolean }) {
  const [open, setOpen] = useState(false);
  const [gone, setGone] = useState(false);
  return (
    <main id="main" tabIndex={-1}>
      {!gone && <Button onClick={() => setOpen(true)}>Rename</Button>}
      <Dialog open={open} onOpenChange={setOpen} title="Rename it" dismissible={dismissible}>
        <Input aria-label="Name" />
        <Button onClick={() => setGone(true)}>Delete</Button>
      </Dialog>
    </main>
  );
}

function open() {
  const opener = screen.getByRole("button", { name: "Rename" });
  opener.focus();
  fireEvent.click(opener);
  return opener;
}

const cancel = () => fireEvent(screen.getByRole("dialog"), new Event("cancel", { cancelable: true }));

test("the focus goes to the first field, and back to where it was", () => {
  render(<Page />);
  const opener = open();
  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  expect(screen.getByRole("dialog", { name: "Rename it" })).toBeTruthy();
  cancel();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(opener);
});

test("the focus goes to the page when what opened it is gone", () => {
  render(<Page />);
  open();
  fireEvent.click(screen.getByRole("button", { name: "Delete" }));
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(document.activeElement).toBe(screen.getByRole("main"));
});

test("one that must be answered stays", () => {
  render(<Page dismissible={false} />);
  open();
  cancel();
  expect(screen.getByRole("dialog")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Close" })).toBeNull();
});

test("a confirmation starts at Cancel, is busy, and tells a refusal", async () => {
  let refuse: (error: Error) => void = () => undefined;
  const onConfirm = vi.fn(() => new Promise((_, reject) => (refuse = reject)));
  const onOpenChange = vi.fn();
  render(
    <ConfirmDialog open onOpenChange={onOpenChange} title="Delete?" confirm="Delete" onConfirm={onConfirm} danger />,
  );
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Cancel" }));

  const button = screen.getByRole("button", { name: "Delete" });
  fireEvent.click(button);
  fireEvent.click(button);
  expect(onConfirm).toHaveBeenCalledTimes(1);

  await act(async () => refuse(new Error("no")));
  expect(screen.getByRole("alert").textContent).toContain("Something went wrong");
  expect(onOpenChange).not.toHaveBeenCalled();
});
