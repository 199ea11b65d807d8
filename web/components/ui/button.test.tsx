import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { Button } from "./button";

afterEach(cleanup);

test("a busy button keeps its name and does nothing", () => {
  const onClick = vi.fn();
  render(
    <Button busy onClick={onClick}>
      Look again
    </Button>,
  );
  const button = screen.getByRole("button", { name: "Look again" });
  expect(button.getAttribute("aria-busy")).toBe("true");
  expect(screen.getByText("Look again").closest(".invisible")).toBeNull();
  fireEvent.click(button);
  expect(onClick).not.toHaveBeenCalled();
});
