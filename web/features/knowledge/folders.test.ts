import { describe, expect, it } from "vitest";

import { gatherChosen, gatherDropped } from "./folders";

const fileEntry = (name: string): FileSystemEntry =>
  ({
    name,
    isFile: true,
    isDirectory: false,
    file: (done: (file: File) => void) => done(new File(["x"], name)),
  }) as unknown as FileSystemEntry;

/** A folder that gives its entries a few at a time, as browsers do. */
const folderEntry = (name: string, entries: FileSystemEntry[], atATime = 100): FileSystemEntry =>
  ({
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      let given = 0;
      return {
        readEntries: (done: (some: FileSystemEntry[]) => void) => {
          done(entries.slice(given, given + atATime));
          given += atATime;
        },
      };
    },
  }) as unknown as FileSystemEntry;

const transferOf = (entries: FileSystemEntry[]): DataTransfer =>
  ({
    items: entries.map((entry) => ({ kind: "file", webkitGetAsEntry: () => entry, getAsFile: () => null })),
  }) as unknown as DataTransfer;

describe("what was dropped", () => {
  it("keeps the path of every file from where it was dropped", async () => {
    const inner = folderEntry("inner", [fileEntry("c.txt")]);
    const { files } = await gatherDropped(
      transferOf([fileEntry("a.txt"), folderEntry("top", [fileEntry("b.txt"), inner])]),
    );
    expect(files.map((one) => one.path)).toEqual(["a.txt", "top/b.txt", "top/inner/c.txt"]);
  });

  it("asks a folder until it has no more", async () => {
    const many = Array.from({ length: 250 }, (_, index) => fileEntry(`${index}.txt`));
    const { files } = await gatherDropped(transferOf([folderEntry("top", many)]));
    expect(files).toHaveLength(250);
  });

  it("leaves out what systems leave behind, and says how many", async () => {
    const hidden = folderEntry(".git", [fileEntry("config")]);
    const found = await gatherDropped(
      transferOf([
        folderEntry("top", [hidden, fileEntry("Thumbs.db"), fileEntry("~$plan.docx"), fileEntry("plan.docx")]),
      ]),
    );
    expect(found.files.map((one) => one.path)).toEqual(["top/plan.docx"]);
    expect(found.skipped).toBe(3);
  });

  it("takes plain files where there are no entries", async () => {
    const file = new File(["x"], "loose.txt");
    const items = [
      { kind: "file", getAsFile: () => file },
      { kind: "string", getAsFile: () => null },
    ];
    const { files } = await gatherDropped({ items } as unknown as DataTransfer);
    expect(files.map((one) => one.path)).toEqual(["loose.txt"]);
  });

  it("fails as a whole when a folder cannot be read", async () => {
    const broken = {
      name: "top",
      isFile: false,
      createReader: () => ({ readEntries: (_: unknown, failed: (error: Error) => void) => failed(new Error("gone")) }),
    } as unknown as FileSystemEntry;
    await expect(gatherDropped(transferOf([broken]))).rejects.toThrow("gone");
  });
});

describe("what was chosen", () => {
  it("takes the folder's path from the browser", () => {
    const file = new File(["x"], "a.txt");
    Object.defineProperty(file, "webkitRelativePath", { value: "top/sub/a.txt" });
    expect(gatherChosen([file]).files[0]?.path).toBe("top/sub/a.txt");
  });

  it("leaves out what is inside hidden folders", () => {
    const file = new File(["x"], "config");
    Object.defineProperty(file, "webkitRelativePath", { value: "top/.git/config" });
    expect(gatherChosen([file])).toEqual({ files: [], skipped: 1 });
  });
});
